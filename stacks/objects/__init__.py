"""Derives from a Plan what has to stand in a cluster, object by object; knows nothing of an engine."""
