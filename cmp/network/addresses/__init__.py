"""Keeps the address plan: allocation, free room, lint, reverse zones, exchange with other tools."""
