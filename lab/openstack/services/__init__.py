"""Holds what runs inside the services' own environment; nothing here is imported by Tricenter itself."""
