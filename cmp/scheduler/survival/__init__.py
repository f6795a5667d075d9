"""Is it survived? What stands after a failure, whether every promise holds, and the report that says so."""
