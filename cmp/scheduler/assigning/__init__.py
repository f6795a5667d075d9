"""Assigns items (processes, replicas) to machines (hosts) by compiled local search over exact integers."""
