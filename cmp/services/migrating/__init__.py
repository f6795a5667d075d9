"""Moves private networks: plans, rehearses, switches wave by wave, takes back, hands over."""
