"""Starts plays on hosts, the one place that does."""
