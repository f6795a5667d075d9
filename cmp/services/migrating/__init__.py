"""Moves private networks: plans, rehearses, switches wave by wave, takes back, and hands over what was measured."""
