"""Decides where every workload of the estate runs, proves that it survives, and speaks to the clouds."""
