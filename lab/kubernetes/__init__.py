"""Runs Kubernetes control planes here, one per Kubernetes cloud of the estate; no container runs."""
