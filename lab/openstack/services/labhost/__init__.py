"""Hosts the published control-plane services of the lab: it only starts them, what they do is upstream's code."""
