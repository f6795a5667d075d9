"""Knows who asks a service, by which token, and what they may do to which environment."""
