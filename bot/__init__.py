"""The Azure Invoice Bot."""
