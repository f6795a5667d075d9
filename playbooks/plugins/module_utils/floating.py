"""Tells which addresses of a host come and go by themselves, since keepalived moves them between hosts.

A change that is taken back must not bring one of them back: by then another host may hold it. Runs on the
host with Python >= 3.8 alone.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

KEEPALIVED = Path("/etc/keepalived")
BLOCK = re.compile(r"\bvirtual_ipaddress(?:_excluded)?\s*\{([^}]*)\}")
"""What VRRP instances hold while they are master (keepalived.conf(5))."""
COMMENT = re.compile(r"[#!].*")


def addresses(folder=KEEPALIVED):
    """The addresses, as text, in every file below keepalived's folder; none where it cannot be read."""
    found = set()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            found |= set(named(path.read_text(errors="replace")))
    return found


def named(text):
    """The virtual addresses of a keepalived.conf(5)."""
    for block in BLOCK.findall("\n".join(COMMENT.sub("", line) for line in text.splitlines())):
        for word in block.split():
            try:
                yield str(ipaddress.ip_interface(word).ip)
            except ValueError:
                continue


def without(links, gone):
    """What ip(8) lists of links, less these addresses."""
    return [
        dict(link, addr_info=[each for each in link.get("addr_info", []) if each.get("local") not in gone])
        for link in links
    ]
