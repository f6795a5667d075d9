"""Says whether the first packet of a flow of TCP, which has the flag SYN alone, meets a match of flags.

Our terms speak of first packets alone (RFC 9293 section 3.5): a rule about other flags matches none of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

ALL: Final = frozenset({"fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"})
FIRST: Final = frozenset({"syn"})
_SAVED: Final = {"all": ALL - {"ecn", "cwr"}, "none": frozenset[str]()}


def saved(value: str) -> bool:
    """Whether it meets `--tcp-flags MASK FLAGS` of iptables.

    Raises:
        ValueError: these are no flags.
    """
    words = value.lower().split()
    if len(words) != 2:  # noqa: PLR2004 - a mask and flags
        raise ValueError("flags are written as a mask and those of it that are set")
    mask, wanted = (_SAVED[word] if word in _SAVED else _known(word.split(",")) for word in words)
    return FIRST & mask == wanted


def listed(left: Any, right: Any, how: str) -> bool | None:
    """Whether it meets a match of `nft -j`; None where that is none of flags.

    Raises:
        ValueError: these are no flags.
    """
    mask = ALL
    if isinstance(left, dict) and "&" in left:
        left, masked = left["&"]
        mask = _flags(masked) if _is_flags(left) else mask
    if not _is_flags(left):
        return None
    present = FIRST & mask
    if isinstance(right, dict) and "set" in right:
        found = any(present == _flags(each) for each in right["set"])
        return found if how == "==" else not found
    wanted = _flags(right)
    answers = {
        "==": present == wanted,
        "!=": present != wanted,
        "in": bool(present & wanted),
        "!": not present & wanted,
    }
    if how not in answers:
        raise ValueError(f"flags {how} …: nothing in our terms says this")
    return answers[how]


def _is_flags(left: Any) -> bool:
    return bool(left == {"payload": {"protocol": "tcp", "field": "flags"}})


def _flags(given: Any) -> frozenset[str]:
    if given == 0:
        return frozenset()
    if isinstance(given, dict) and set(given) == {"|"}:
        given = given["|"]
    return _known([given] if isinstance(given, str) else given)


def _known(words: Iterable[Any]) -> frozenset[str]:
    found = {"ecn" if word == "ece" else str(word) for word in words}
    if not found <= ALL:
        raise ValueError(f"{', '.join(sorted(found - ALL))}: no flags of TCP")
    return frozenset(found)
