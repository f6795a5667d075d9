"""Looks at one host before it moves: its network, who listens and talks, where addresses are written down.

Runs on the host with Python >= 3.8 and iproute2 alone, and changes nothing. What cannot be read is named in
`gaps`.
"""

from __future__ import annotations

import ipaddress
import json
import os
import platform
import re
import shutil
import stat
import subprocess
from pathlib import Path

if __package__:
    from ansible.module_utils import configured, placing, resolving, sockets
else:
    import configured
    import placing
    import resolving
    import sockets

PLACES = ("/etc", "/opt", "/usr/local/etc", "/srv", "/var/www", "/var/spool/cron")
LARGEST = 512 * 1024
"""Bytes; a larger file is no configuration."""
MOST_FILES = 20000
MOST_FOUND = 500
SKIPPED = frozenset(("ssl", "pki", "alternatives", "fonts", "mime", "terminfo", "node_modules", ".git"))
LITERAL = re.compile(rb"(?<![\d.])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\d.])")
TEXT = frozenset(range(32, 127)) | {9, 10, 13} | frozenset(range(128, 256))


def assess(prefixes, places=PLACES):
    """Everything a move has to know of this host; files are searched for addresses of `prefixes`."""
    gaps = []
    networks = [ipaddress.ip_network(prefix) for prefix in prefixes]
    links = _json(gaps, "ip", "-j", "-d", "addr", "show")
    facts = {
        "system": _system(),
        "links": links,
        "configured": configured.configured(links, networks),
        "routes": {
            family: _json(gaps, "ip", "-j", "-N", family, "route", "show", "table", "all")
            for family in ("-4", "-6")
        },
        "rules": {family: _json(gaps, "ip", "-j", "-N", family, "rule", "show") for family in ("-4", "-6")},
        "neighbours": _json(gaps, "ip", "-j", "neigh", "show"),
        "listeners": sockets.listeners(_text(gaps, "ss", "-H", "-l", "-n", "-t", "-u", "-e")),
        "sessions": sockets.sessions(
            _text(gaps, "ss", "-H", "-n", "-t", "-i", "state", "established"),
            _text(gaps, "ss", "-H", "-n", "-u", "state", "established"),
        ),
        "flows": sockets.flows(sockets.flow_table()),
        "moving": any(resolving.STEPS.glob("*.json")) if resolving.STEPS.is_dir() else False,
        "names": _names(),
        "ipv6": _ipv6(),
        "literals": _literals(networks, places, gaps),
        "filters": {
            "iptables": _text(gaps, "iptables-save", "-c"),
            "ip6tables": _text(gaps, "ip6tables-save", "-c"),
            "nftables": _text(gaps, "nft", "-j", "list", "ruleset"),
        },
    }
    managers = sorted(set(facts["configured"]["managers"].values()))
    facts["system"]["manager"] = managers[0] if len(managers) == 1 else "unknown"
    facts["gaps"] = gaps
    return facts


def _system():
    release = {}
    for line in _lines("/etc/os-release"):
        if "=" in line:
            key, value = line.split("=", 1)
            release[key] = value.strip().strip('"')
    return {
        "name": release.get("PRETTY_NAME", platform.system()),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "iproute2": bool(shutil.which("ip")),
    }


def _names():
    servers = [line.split()[1] for line in _lines("/etc/resolv.conf") if line.startswith("nameserver")]
    hosts = [line.split("#")[0].split() for line in _lines("/etc/hosts")]
    return {"servers": servers, "hosts": [words for words in hosts if len(words) > 1]}


def _ipv6():
    base = Path("/proc/sys/net/ipv6/conf")
    read = {name: _lines(base / "all" / name) for name in ("disable_ipv6", "forwarding", "accept_ra")}
    return {
        "available": base.is_dir(),
        "disabled": read["disable_ipv6"] == ["1"],
        "forwards": read["forwarding"] == ["1"],
        "accepts_ra": read["accept_ra"] != ["0"],
        "disabled_on": sorted(
            path.parent.name for path in base.glob("*/disable_ipv6") if _lines(path) == ["1"]
        ),
    }


def _literals(prefixes, places, gaps):
    """Where addresses of some prefixes are written in files, as path, line and address."""
    found = []
    for number, path in enumerate(_files(places)):
        if number >= MOST_FILES or len(found) >= MOST_FOUND:
            gaps.append("not all files were searched for addresses")
            break
        try:
            content = placing.content(path, LARGEST)
        except OSError:
            gaps.append(f"cannot read {path}")
            continue
        if b"\0" in content[:4096] or not LITERAL.search(content):
            continue
        found += _in_lines(path, content, prefixes)
    return found[:MOST_FOUND]


def _in_lines(path, content, prefixes):
    for number, line in enumerate(content.splitlines(), start=1):
        for match in LITERAL.findall(line):
            try:
                address = ipaddress.ip_address(match.decode())
            except ValueError:
                continue
            if any(address in prefix for prefix in prefixes):
                yield {"path": str(path), "line": number, "address": str(address)}


def _files(places):
    for place in places:
        for folder, names, files in os.walk(place):
            names[:] = sorted(name for name in names if name not in SKIPPED)
            for name in sorted(files):
                path = Path(folder) / name
                try:
                    found = path.lstat()
                    if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST:
                        yield path
                except OSError:
                    continue


def _lines(path):
    try:
        return Path(path).read_text(errors="replace").splitlines()
    except OSError:
        return []


def _text(gaps, *command):
    if not shutil.which(command[0]):
        gaps.append(f"no {command[0]}")
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        gaps.append("{}: {}".format(" ".join(command), done.stderr.strip()))
        return None
    return done.stdout


def _json(gaps, *command):
    text = _text(gaps, *command)
    return json.loads(text) if text and text.strip() else []
