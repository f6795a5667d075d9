"""Writes the files by which a drawn host's manager sets its old line, in the ways that people write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from support.random_hosts.words import Line

from cmp.model.network import Manager


def files(chance: Random, manager: Manager, line: Line) -> Mapping[str, str]:
    """The files, by path."""
    if manager is Manager.IFUPDOWN:
        return _ifupdown(chance, line)
    if manager is Manager.NETWORK_MANAGER:
        folder = "/etc/NetworkManager/system-connections"
        return {f"{folder}/{line.link}.nmconnection": _profile(chance, line)}
    if manager is Manager.NETWORKD:
        return {f"/etc/systemd/network/10-{line.link}.network": _network(chance, line)}
    renderer = "networkd" if manager is Manager.NETPLAN else "NetworkManager"
    return {"/etc/netplan/50-host.yaml": _netplan(chance, line, renderer)}


def _bridge(line: Line) -> list[str]:
    return ["    bridge_ports eth0", "    bridge_stp off"] if line.link == "br0" else []


def _ifupdown(chance: Random, line: Line) -> Mapping[str, str]:
    style = chance.choice(("one", "each", "commands", "netmask"))
    head = f"# the office's line, {chance.choice(('2011', '2019'))}\n"
    start = f"{head}source /etc/network/interfaces.d/*\nauto lo\niface lo inet loopback\n\n"
    lead = [f"    gateway {line.defaults.gateway}"] if line.defaults else []
    lead += [f"    metric {line.defaults.metric}"] if line.defaults and line.defaults.metric else []
    every = [*map(str, line.olds), *line.beside]
    if not every:
        return {"/etc/network/interfaces": f"{start}auto {line.link}\niface {line.link} inet manual\n"}
    lines = [f"auto {line.link}"]
    if style == "commands":
        lines += [f"iface {line.link} inet static", f"    address {every[0]}", *lead, *_bridge(line)]
        lines += [f"    up ip addr add {each} dev $IFACE" for each in every[1:]]
    elif style == "netmask" and line.olds:
        lines += [f"iface {line.link} inet static", f"    address {line.olds[0].address}"]
        lines += [f"    netmask {line.olds[0].length}", *lead, *_bridge(line), "    mtu 1400"]
        for each in every[1:]:
            lines += ["", f"iface {line.link} inet static", f"    address {each}"]
    else:
        for number, each in enumerate(every):
            lines += [f"iface {line.link} inet static", f"    address {each}"]
            lines += [*lead, *_bridge(line)] if number == 0 else []
            lines += [f"# {number}"] if style == "each" else []
    text = "\n".join(lines) + "\n"
    if chance.random() < 0.3:
        return {"/etc/network/interfaces": start, f"/etc/network/interfaces.d/{line.link}": text}
    return {"/etc/network/interfaces": start + text}


def _profile(chance: Random, line: Line) -> str:
    kind = "bridge" if line.link == "br0" else "ethernet"
    every = [*map(str, line.olds), *line.beside]
    inside = chance.random() < 0.5
    lines = [
        *("[connection]", "id=office", "uuid=1c1c3a0e-0000-4000-8000-00000000000a"),
        *(f"type={kind}", f"interface-name={line.link}", "", "[ipv4]"),
        "method=manual" if every else "method=disabled",
    ]
    for number, each in enumerate(every, start=1):
        lead = line.defaults and number == 1 and inside
        lines.append(
            f"address{number}={each}" + (f",{line.defaults.gateway}" if lead and line.defaults else "")
        )
    if line.defaults and not inside:
        lines.append(f"gateway={line.defaults.gateway}")
    lines += [f"route-metric={line.defaults.metric}"] if line.defaults and line.defaults.metric else []
    return "\n".join([*lines, "", "[ipv6]", chance.choice(("method=ignore", "method=auto"))]) + "\n"


def _network(chance: Random, line: Line) -> str:
    lines = ["[Match]", f"Name={line.link}", "", "[Network]", "DHCP=no", "IPv6AcceptRA=no"]
    every = [*map(str, line.olds), *line.beside]
    apart = chance.random() < 0.4
    lines += [] if apart else [f"Address={each}" for each in every]
    if line.defaults and not line.defaults.metric and not apart:
        lines.append(f"Gateway={line.defaults.gateway}")
    for each in every if apart else ():
        lines += ["", "[Address]", f"Address={each}"]
    if line.defaults and (line.defaults.metric or apart):
        lines += ["", "[Route]", f"Gateway={line.defaults.gateway}"]
        lines += [f"Metric={line.defaults.metric}"] if line.defaults.metric else []
    return "\n".join(lines) + "\n"


def _netplan(chance: Random, line: Line, renderer: str) -> str:
    return "\n".join(_netplan_lines(chance, line, renderer)) + "\n"


def _netplan_lines(chance: Random, line: Line, renderer: str) -> Iterator[str]:
    bridge = line.link == "br0"
    every = [*map(str, line.olds), *line.beside]
    yield from ("network:", "  version: 2", f"  renderer: {renderer}")
    yield from ("  ethernets:", "    eth0: {dhcp4: false}") if bridge else ()
    yield from (
        ("  bridges:", "    br0:", "      interfaces: [eth0]")
        if bridge
        else ("  ethernets:", f"    {line.link}:")
    )
    yield "      dhcp4: false"
    if every and chance.random() < 0.5:
        yield "      addresses: [" + ", ".join(f'"{each}"' for each in every) + "]"
    elif every:
        yield "      addresses:"
        yield from (f"        - {each}  # as ever" for each in every)
    if line.defaults:
        yield from ("      routes:", f"        - to: {chance.choice(('default', '0.0.0.0/0'))}")
        yield f"          via: {line.defaults.gateway}"
        if line.defaults.metric:
            yield f"          metric: {line.defaults.metric}"
