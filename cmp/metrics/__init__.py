"""Lists every metric in one table and fills registries with what was measured; the service will call it."""
