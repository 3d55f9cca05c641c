"""The vendors, each behind a port."""
