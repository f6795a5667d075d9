"""Reads what is really there and compares it with what was declared."""
