"""Generates estates of two locations and three centers, of any size, to measure the engine on."""
