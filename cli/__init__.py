"""Speaks to people and programs at the terminal: the only code that prints."""
