"""Proves lower bounds of the objective: what no placement of an environment can do better than."""
