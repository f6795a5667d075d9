"""Moves servers between hosts and pools: proposes, carries out with a journal, takes back."""
