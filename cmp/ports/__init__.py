"""Says what use cases ask of whatever keeps their state: one Protocol a kind, a handful of verbs each."""
