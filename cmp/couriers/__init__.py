"""Takes notices to people and programs: by HTTP, by mail; each address has its secret elsewhere."""
