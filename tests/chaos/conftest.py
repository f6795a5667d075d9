"""Gives tests the clouds of the lab (tests/support/lab_clouds.py); processes are killed, never mocks."""

from __future__ import annotations

from support.lab_clouds import lab_clouds

__all__ = ["lab_clouds"]
