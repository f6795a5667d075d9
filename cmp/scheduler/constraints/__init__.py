"""May it stand there? Verdicts with reasons, filters in order, packing of hosts, links, quotas, latencies."""
