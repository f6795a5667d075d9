"""Chooses all groups' layouts and pools at once, exactly, where an estate is small enough for that."""
