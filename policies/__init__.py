"""Holds the rules of the estate and the places that enforce them."""
