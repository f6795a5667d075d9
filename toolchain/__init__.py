"""Brings the engine's binaries to machines with and without internet, and says what a machine lacks."""
