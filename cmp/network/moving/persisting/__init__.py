"""Writes what a host has to remember for its next boot, in the words of what brings its network up."""
