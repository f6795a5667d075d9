"""Checks what one model alone cannot see: names that refer to nothing, values that contradict each other."""
