"""Asks a running service what use cases would be asked here, and answers with the same values."""
