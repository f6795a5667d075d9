"""Makes and keeps the passwords of a lab; each lab has its own."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lab.folder import write_private


def _password() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Passwords:
    """Passwords of the first administrator, of the services among themselves and of Tricenter's user."""

    admin: str = field(default_factory=_password, repr=False)
    services: str = field(default_factory=_password, repr=False)
    tricenter: str = field(default_factory=_password, repr=False)


def passwords(path: Path) -> Passwords:
    """Read the lab's passwords, or make them when it has none yet."""
    if path.exists():
        return Passwords(**json.loads(path.read_text()))
    fresh = Passwords()
    write_private(path, json.dumps(asdict(fresh)))
    return fresh
