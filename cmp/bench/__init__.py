"""Measures what the project promises: placement, admission, reassignment, addresses, migrations."""
