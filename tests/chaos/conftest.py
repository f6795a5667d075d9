"""Gives tests the clouds of the lab (see tests/lab_clouds.py); killed are processes, never mocks of them."""

from __future__ import annotations

from lab_clouds import lab_clouds

__all__ = ["lab_clouds"]
