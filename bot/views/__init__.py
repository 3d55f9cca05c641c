"""Pure Block Kit builders and every word people read."""
