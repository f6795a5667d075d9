"""Checks any Plan against every hard constraint, sharing nothing with the scheduler but the model."""
