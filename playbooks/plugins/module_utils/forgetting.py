"""Takes old addresses and the old default out of a host's own configuration, and puts it back as it was.

Knows interfaces(5) of ifupdown with the files it reads, those of systemd-networkd, NetworkManager's profiles
and netplan's YAML. Each file keeps its owner and mode, and all that is not of the old line byte for byte;
links are followed to the file that is meant. Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

if __package__:
    from ansible.module_utils import ifupdown_text, keyfile_text, netplan_text, networkd_text, placing
else:
    import ifupdown_text
    import keyfile_text
    import netplan_text
    import networkd_text
    import placing

KEPT = Path("/var/lib/tricenter/kept")
"""Files as they were before addresses were forgotten."""
LEFT = Path("/var/lib/tricenter/left")
"""Files as they were before the old line's default was."""
IFUPDOWN = ("/etc/network/interfaces", "/etc/network/interfaces.d/*")
NETWORKD = ("/etc/systemd/network/*.network", "/etc/systemd/network/*.network.d/*.conf")
PROFILES = ("/etc/NetworkManager/system-connections/*",)
NETPLAN = ("/etc/netplan/*.yaml",)
READERS = (
    (IFUPDOWN, ifupdown_text.without),
    (NETWORKD, networkd_text.without),
    (PROFILES, keyfile_text.without),
    (NETPLAN, netplan_text.without),
)
OURS = "tricenter-"


class Kept(Exception):
    """Something cannot be taken out of a file, or put back, without losing more; says where and what."""


def forget(addresses, gateways=(), instead=None):
    """Remove what sets any of these addresses; each file is kept first. Tells which files changed.

    Raises:
        Kept: a file cannot be edited without losing more; nothing was changed.
    """
    return _write(edits(addresses, gateways, instead), KEPT)


def leave(gateways):
    """Remove what leads the default route by any of these gateways; as `forget`."""
    return _write(edits((), gateways), LEFT)


def recall():
    """Put back every file that `forget` kept; tells which."""
    return _put_back(KEPT)


def come_back():
    """Put back every file that `leave` kept; tells which."""
    return _put_back(LEFT)


def judge(transaction):
    """Look whether the files of a change could be edited, or put back, now.

    Raises:
        Kept: they could not.
        InTheWay: something stands in the way of one.
    """
    if transaction["forget"] or transaction["leave"]:
        for path in edits(transaction["forget"], transaction["leave"], transaction["instead"]):
            placing.judge(path)
    for store, asked in ((KEPT, transaction["recall"]), (LEFT, transaction["come_back"])):
        for path, before, after in _kept(store) if asked else ():
            placing.judge(path)
            if after is not None and placing.read(path) not in (after, before):
                raise Kept(
                    f"{path} was changed since it was edited: undo that first, or put back by hand what"
                    f" {store}{path} holds"
                )


def edits(addresses, gateways=(), instead=None):
    """The files that would change, each with its text before and after, by path.

    Raises:
        Kept: a file cannot be edited without losing more.
    """
    found = {}
    for patterns, without in READERS:
        for path in files(patterns):
            before = placing.read(path)
            try:
                after = without(before, set(addresses), set(gateways), instead or {})
            except (ifupdown_text.Kept, keyfile_text.Kept, netplan_text.Kept) as problem:
                raise Kept(f"{path}: {problem}") from problem
            if after != before:
                found[path] = (before, after)
    return found


def files(patterns=(*IFUPDOWN, *NETWORKD, *PROFILES, *NETPLAN)):
    """The files of the host's own configuration as they are looked through, each once, links followed."""
    seen, waiting = set(), list(patterns)
    while waiting:
        place = Path(waiting.pop(0))
        for named in sorted(Path("/").glob(str(place.relative_to("/")))):
            path = named.resolve()
            if not path.is_file() or OURS in named.name or named.name.startswith(".") or path in seen:
                continue
            seen.add(path)
            yield path
            if patterns is IFUPDOWN:
                waiting += [
                    str(Path("/etc/network") / each) for each in ifupdown_text.sources(placing.read(path))
                ]


def _write(changes, store):
    for path, (before, after) in changes.items():
        kept, mode = store / path.relative_to("/"), placing.mode_of(path)
        if not kept.exists():
            placing.place(kept, before, mode)
        placing.place(_after(store, path), after or "\n", 0o600)
        placing.place(path, after or "\n", mode)
    _tell_managers(changes)
    return [str(path) for path in changes]


def _put_back(store):
    changed = []
    for path, before, _text in _kept(store):
        kept = store / path.relative_to("/")
        placing.place(path, before, placing.mode_of(path) if path.exists() else placing.mode_of(kept))
        placing.place(kept, "", 0o600)
        placing.place(_after(store, path), "", 0o600)
        changed.append(path)
    _tell_managers(changed)
    return [str(path) for path in changed]


def _kept(store):
    """What a store holds: path, the text before, and the text it was given, if that is known."""
    for kept in sorted(store.glob("**/*")) if store.is_dir() else []:
        if kept.is_file():
            path = Path("/") / kept.relative_to(store)
            after = _after(store, path)
            yield path, placing.read(kept), placing.read(after) if after.exists() else None


def _after(store, path):
    return Path(f"{store}.after") / path.relative_to("/")


def _tell_managers(paths):
    """NetworkManager writes profiles as it knows them: it has to know what they say now."""
    if any(str(path).startswith("/etc/NetworkManager/") for path in paths) and shutil.which("nmcli"):
        subprocess.run(["nmcli", "connection", "reload"], check=False, capture_output=True)
