"""Wires the service: its API, its workflows, what keeps its records, and the processes that work for it."""
