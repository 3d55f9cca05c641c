"""A pretend Slack workspace and a pretend Azure, over real HTTP on loopback.

The bot never imports this package; it only meets it through its settings.
"""
