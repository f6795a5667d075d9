"""Takes old addresses out of a host's own network configuration, and puts the configuration back as it was.

Knows interfaces(5) of ifupdown and the files of systemd-networkd. Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

import re
from pathlib import Path

if __package__:
    from ansible.module_utils import placing
else:
    import placing

KEPT = Path("/var/lib/tricenter/kept")
IFUPDOWN = ("/etc/network/interfaces", "/etc/network/interfaces.d/*")
NETWORKD = ("/etc/systemd/network/*.network",)
OURS = "tricenter-"


def forget(addresses):
    """Remove what sets any of these addresses; each file is kept first. Tells which files changed."""
    changed = []
    for path in files(IFUPDOWN):
        changed += _replaced(
            path, "\n".join(_without_stanzas(placing.read(path).splitlines(), addresses)) + "\n"
        )
    for path in files(NETWORKD):
        changed += _replaced(
            path, "\n".join(_without_lines(placing.read(path).splitlines(), addresses)) + "\n"
        )
    return changed


def recall():
    """Put back every file that `forget` kept; tells which."""
    changed = []
    for kept in sorted(KEPT.glob("**/*")) if KEPT.is_dir() else []:
        if kept.is_file():
            path = Path("/") / kept.relative_to(KEPT)
            placing.place(path, placing.read(kept), placing.mode_of(kept))
            placing.place(kept, "", 0o600)
            changed.append(str(path))
    return changed


def files(patterns=(*IFUPDOWN, *NETWORKD)):
    """The files of the host's own configuration, as they are looked through."""
    for pattern in patterns:
        place = Path(pattern)
        for path in sorted(place.parent.glob(place.name)) if place.parent.is_dir() else []:
            if path.is_file() and not path.name.startswith(OURS):
                yield path


def _without_stanzas(lines, addresses):
    """Lines of interfaces(5) without the `iface` stanzas that set one of the addresses."""
    kept, stanza = [], []
    for line in [*lines, None]:
        words = line.split() if line is not None else ["iface"]
        if (words and words[0] in ("iface", "auto", "source", "mapping", "source-directory")) or (
            words and words[0].startswith("allow-")
        ):
            if not _sets(stanza, addresses):
                kept += stanza
            stanza = []
        if line is not None:
            stanza.append(line)
    return kept


def _without_lines(lines, addresses):
    """Lines of a networkd file without those that set one of the addresses or a gateway beside them."""
    mine = [line for line in lines if re.match(r"\s*Address\s*=", line) and _holds(line, addresses)]
    if not mine:
        return lines
    return [line for line in lines if line not in mine and not re.match(r"\s*Gateway\s*=", line)]


def _sets(stanza, addresses):
    return any(line.split()[:1] == ["address"] and _holds(line, addresses) for line in stanza if line.split())


def _holds(line, addresses):
    return any(re.search(rf"(?<![\d.]){re.escape(address)}(?![\d.])", line) for address in addresses)


def _replaced(path, text):
    if text == placing.read(path):
        return []
    kept, mode = KEPT / path.relative_to("/"), placing.mode_of(path)
    if not kept.exists():
        placing.place(kept, placing.read(path), mode)
    placing.place(path, text, mode)
    return [str(path)]
