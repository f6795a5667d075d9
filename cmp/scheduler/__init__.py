"""Decides where every workload runs: a snapshot goes in, placements or reasons come out."""
