"""How fast, how light and how punctual the bot is: ``python -m benchmarks``."""
