"""Drives Kubernetes clusters as clouds: what they list and say, in the words of every other cloud."""
