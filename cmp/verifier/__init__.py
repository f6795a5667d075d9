"""Checks any Plan against every hard constraint by itself, sharing nothing with the scheduler but the model."""
