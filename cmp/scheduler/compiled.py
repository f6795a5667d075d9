"""Marks the scheduler's inner loops, which run as native code; units hold what Python calls of them."""

from __future__ import annotations

from cmp.native.loops import compiled, inlined, lean
from cmp.native.units import Unit

__all__ = ["Unit", "compiled", "inlined", "lean"]
