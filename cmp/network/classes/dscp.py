"""Knows the names of differentiated services code points and their numbers."""

from __future__ import annotations

from typing import Final

CODE_POINTS: Final[dict[str, int]] = {
    "be": 0,
    "df": 0,
    "le": 1,
    "va": 44,
    "ef": 46,
    **{f"cs{number}": 8 * number for number in range(8)},
    **{f"af{group}{drop}": 8 * group + 2 * drop for group in range(1, 5) for drop in range(1, 4)},
}
"""Six-bit code points by name (RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622)."""

DELAY_SENSITIVE: Final = frozenset({"ef", "va", "cs5", "cs6", "cs7"})
"""Names of traffic that suffers from waiting: voice, its admission, emergency and network control."""


def code_point(name: str) -> int:
    """The number of a name, 0 to 63.

    Raises:
        ValueError: no RFC gives that name.
    """
    if name not in CODE_POINTS:
        raise ValueError(f"{name} is no name of a code point")
    return CODE_POINTS[name]
