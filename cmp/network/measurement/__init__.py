"""Reckons what probes have measured: loss, stalls, path MTU, reachability and names; nothing is sent here."""
