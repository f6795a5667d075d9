"""Runs embedded clouds on one machine, so that everything can be tried on real control planes."""
