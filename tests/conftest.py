"""Settles for all tests that properties are judged by what they find, never by how long a machine took."""

from hypothesis import settings

settings.register_profile("tricenter", deadline=None)
settings.load_profile("tricenter")
