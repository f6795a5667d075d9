"""Measures networks from inside: sends probes, asks who answers, tries paths and names."""
