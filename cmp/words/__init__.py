"""Says in the reader's language what others tell by key and values."""
