"""Says what Tricenter is made of: the software bill, and which of it has known vulnerabilities."""
