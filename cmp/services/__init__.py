"""Offers the use cases, one verb a function: planning, applying, inventory, drift, verification."""
