"""Reads environments from YAML, the only readers of inventories: every problem is collected, raised once."""
