"""Looks for a secret in texts and files: in clear, in hex, or in base64 wherever that begins."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path


def is_in(text: str | bytes, secret: str) -> bool:
    """True where a secret stands in something: in clear, in hex or in base64, wherever that begins."""
    content = text if isinstance(text, bytes) else text.encode()
    plain = secret.encode()
    shifted = [base64.b64encode(b"\0" * skip + plain)[4:-4] for skip in range(3)]
    return any(each in content for each in (plain, plain.hex().encode(), *shifted))


def everything_with(folder: Path, secret: str) -> Iterator[Path]:
    """The files below a folder in which a secret stands."""
    return (path for path in folder.rglob("*") if path.is_file() and is_in(path.read_bytes(), secret))
