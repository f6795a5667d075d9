"""Writes what a host has to remember of a change for its next boot, in the words of whatever brings its network up."""
