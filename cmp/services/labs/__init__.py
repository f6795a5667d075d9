"""Starts, shows and stops the lab's clouds and hosts."""
