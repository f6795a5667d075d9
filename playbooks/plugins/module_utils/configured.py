"""Tells what of a host's network is written down where, and what else would write it anew at the next boot.

Runs with Python >= 3.8 alone and changes nothing.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
import shutil
import subprocess
from pathlib import Path

if __package__:
    from ansible.module_utils import forgetting, ifupdown_text, placing, resolving
else:
    import forgetting
    import ifupdown_text
    import placing
    import resolving

INTERFACES = "/etc/network/interfaces"
OURS = "/etc/network/interfaces.d/tricenter-network"
CLOUD = Path("/etc/cloud")
IFCFG = ("/etc/sysconfig/network-scripts/ifcfg-*", "/etc/sysconfig/network/ifcfg-*")
LINKS = Path("/run/systemd/netif/links")
PROFILES = Path("/run/NetworkManager/system-connections")


def configured(links, networks):
    """What sets the addresses of some networks on these links, and who manages each interface."""
    held = [
        (link["ifname"], each["local"])
        for link in links
        for each in link.get("addr_info", [])
        if each["family"] == "inet" and any(_is_in(each["local"], network) for network in networks)
    ]
    gateways = sorted({via for via in _gateways() if any(_is_in(via, network) for network in networks)})
    return {
        "managers": {name: manager(name) for name in sorted({name for name, _address in held})},
        "addresses": {address: _sets(address, gateways) for _name, address in held},
        "gateways": {gateway: _written([gateway]) for gateway in gateways},
        "read": _reads_ours(),
        "cloud_init": _cloud_init(),
        "ifcfg": sorted(str(path) for pattern in IFCFG for path in Path("/").glob(pattern[1:])),
        "network_files": {name: _network_file(name) for name in sorted({name for name, _address in held})},
    }


def manager(link):
    """What brings an interface up: whoever says that it does, else whose files name it."""
    netplan = any(Path("/etc/netplan").glob("*.yaml")) if Path("/etc/netplan").is_dir() else False
    state = (
        _said("nmcli", "-g", "GENERAL.STATE", "device", "show", link)
        if Path("/run/NetworkManager").is_dir()
        else ""
    )
    if state and not state.startswith(("10 ", "20 ")):
        profile = _said("nmcli", "-g", "GENERAL.CONNECTION", "device", "show", link).strip()
        return "netplan-networkmanager" if netplan and profile.startswith("netplan-") else "networkmanager"
    file = _network_file(link)
    if file:
        return "netplan" if netplan and Path(file).name.startswith("10-netplan-") else "networkd"
    for path in forgetting.files(forgetting.IFUPDOWN):
        if re.search(rf"^\s*iface\s+{re.escape(link)}(:\S+)?\s", placing.read(path) + "\n", re.MULTILINE):
            return "ifupdown"
    return "unknown"


def _sets(address, gateways):
    """The files that set an address, or why they cannot be edited: it goes after the old default."""
    instead = {address: "192.0.2.1/32"}
    try:
        before = {path: after for path, (_text, after) in forgetting.edits([], gateways).items()}
        both = forgetting.edits([address], gateways, instead)
    except (forgetting.Kept, OSError) as problem:
        return {"files": [], "problem": str(problem)}
    files = [path for path, (_text, after) in both.items() if after != before.get(path, "")]
    return {"files": sorted(map(str, files)), "problem": ""}


def _written(gateways):
    """The files that lead by a gateway, or why they cannot be edited."""
    try:
        return {"files": sorted(map(str, forgetting.edits([], gateways))), "problem": ""}
    except (forgetting.Kept, OSError) as problem:
        return {"files": [], "problem": str(problem)}


def _gateways():
    for words in resolving.defaults("-4"):
        yield from (words[number + 1] for number, word in enumerate(words) if word == "via")


def _reads_ours():
    """True where ifupdown reads what is laid below interfaces.d."""
    try:
        text = placing.read(INTERFACES)
    except OSError:
        return False
    patterns = [str(Path("/etc/network") / each) for each in ifupdown_text.sources(text)]
    return any(fnmatch.fnmatch(OURS, pattern) for pattern in patterns)


def _cloud_init():
    """True where cloud-init writes the network's files at boot, as it does unless told otherwise."""
    if not (CLOUD / "cloud.cfg").exists() or (CLOUD / "cloud-init.disabled").exists():
        return False
    for path in [CLOUD / "cloud.cfg", *sorted((CLOUD / "cloud.cfg.d").glob("*.cfg"))]:
        text = path.read_text(errors="replace")
        if re.search(
            r"^network:\s*(\{\s*config:\s*disabled\s*\}|\n\s+config:\s*disabled)", text, re.MULTILINE
        ):
            return False
    return bool(shutil.which("cloud-init"))


def _network_file(link):
    """The file by which systemd-networkd manages an interface; empty where it does not."""
    if not LINKS.is_dir() or not any(LINKS.iterdir()):
        return ""
    found = re.search(r"Network File: (/\S+)", _said("networkctl", "--no-pager", "status", link))
    return found.group(1) if found else ""


def _said(*command):
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return done.stdout if done.returncode == 0 else ""


def _is_in(address, network):
    return ipaddress.ip_address(address) in network
