"""Holds the typed resource classes of the provider."""
