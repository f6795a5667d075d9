"""Reads environments from YAML: the only readers of inventories, with every problem collected and raised once."""
