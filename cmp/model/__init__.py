"""Holds the frozen values every other part speaks in: estate, network, workloads, recovery, Plan."""
