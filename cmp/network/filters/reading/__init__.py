"""Reads the filters that are there, in the terms of our policies, and tells what cannot be said in them."""
