"""Keeps what stands on every host in every situation, in arrays that compiled loops search and change."""
