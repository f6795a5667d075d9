"""When is it back? The steps of a takeover, what waits for what, and what comes too late."""
