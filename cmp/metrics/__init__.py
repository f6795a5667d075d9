"""Lists every metric in one table and fills registries with what was measured."""
