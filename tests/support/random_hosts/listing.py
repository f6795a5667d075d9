"""Lists all that the kernel says of a host's network, by means of its own: the product is not asked.

Runs on the host with Python and iproute2 alone, as a program or as a module.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

FOREVER = 4294967295
RUNNING = ("valid_life_time", "preferred_life_time")
FILES = ("/etc/network", "/etc/netplan", "/etc/systemd/network", "/etc/NetworkManager", "/etc/sysctl.d")


def listing() -> dict[str, object]:
    """Addresses with flags and lifetimes, routes, rules, sysctls, filters, neighbours, and files of managers.

    A lifetime that runs is told by when it ends, as one number in a list: seconds of the boot clock.
    """
    return {
        "addresses": _addresses(),
        "routes": sorted(_routes()),
        "rules": {family: _out("ip", "-N", family, "rule", "show").splitlines() for family in ("-4", "-6")},
        "sysctls": _sysctls(),
        "filters": _out("nft", "-s", "list", "ruleset"),
        "neighbours": sorted(_out("ip", "neigh", "show", "nud", "permanent").splitlines()),
        "files": _files(),
    }


def _addresses() -> dict[str, list[dict[str, object]]]:
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    found = {}
    for link in json.loads(_out("ip", "-j", "addr", "show")):
        held = []
        for each in link["addr_info"]:
            told = {key: value for key, value in each.items() if key not in RUNNING}
            for name in RUNNING:
                left = each.get(name, FOREVER)
                told[name] = left if left in (0, FOREVER) else [round(now + left)]
            held.append(told)
        found[link["ifname"]] = held
    return found


def _routes() -> list[str]:
    lines = []
    for family in ("-4", "-6"):
        for line in _out("ip", "-o", "-N", "-d", family, "route", "show", "table", "all").splitlines():
            text = re.sub(r" expires \S+", "", line.replace("\\", " "))
            lines.append(family + " " + " ".join(text.split()))
    return lines


def _sysctls() -> dict[str, str]:
    found = {}
    for path in sorted(Path("/proc/sys/net").glob("ipv[46]/conf/*/*")) + sorted(
        Path("/proc/sys/net").glob("ipv[46]/*forward*")
    ):
        if path.name not in ("stable_secret", "mc_forwarding"):
            try:
                found[str(path)] = path.read_text().strip()
            except OSError:
                continue
    return found


def _files() -> dict[str, list[str]]:
    found = {}
    for folder in FILES:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() or path.is_symlink():
                told = path.lstat()
                text = str(path.readlink()) if path.is_symlink() else path.read_text(errors="replace")
                found[str(path)] = [text, f"{told.st_uid}:{told.st_gid} {told.st_mode:o}"]
    return found


def _out(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    json.dump(listing(), sys.stdout)
