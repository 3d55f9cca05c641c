"""The verbs: what the bot does, free of vendors."""
