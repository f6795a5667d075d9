"""Hosts the published control-plane services of the lab; what they do is upstream's code."""
