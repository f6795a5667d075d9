"""Keeps what must outlast a process: Plans, allocations, locks, copies of state."""
