"""Starts the engine's plugins as forks of one process that has imported what they need.

A plugin is a Python program that imports for a second or more, and a preview of six stacks starts twenty.
Whoever runs the engine opens a nursery beside it; a plugin's program then asks that one for a fork and lives
as long as it. Without a nursery (the engine started by hand, one that broke) it does all by itself.
"""
