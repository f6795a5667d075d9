"""Shows, gives out, takes back and exchanges addresses."""
