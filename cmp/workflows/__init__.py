"""Recipes of what a service does durably: which steps a kind of operation has, and how one is taken."""
