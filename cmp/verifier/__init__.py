"""Checks any Plan against every hard constraint, sharing nothing with the scheduler but the model."""

from cmp.verifier.checking import check
from cmp.verifier.findings import CODES, Finding

__all__ = ["CODES", "Finding", "check"]
