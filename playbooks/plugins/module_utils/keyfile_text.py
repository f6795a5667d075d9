"""Takes old addresses, and the old line's default route, out of NetworkManager's profiles, and nothing else.

A profile whose method is `manual` needs an address (nm-settings-keyfile(5)): the new one stands in the place
of the last old one. Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

import re

ADDRESS = re.compile(r"address(es)?\d*$")
ROUTE = re.compile(r"route\d*$")
EVERYWHERE = ("0.0.0.0/0", "::/0")
NEEDS_IPV4 = re.compile(r"(dns|dns-search|dns-options|gateway|route\d*|routes)$")


class Kept(Exception):
    """The address cannot be taken out without losing more; the sentence says what."""


def without(text, addresses, gateways, instead=None):
    """The text without what sets these addresses or leads the default route by these gateways.

    `instead` gives, by old address, the new one with its length where it is on the same interface.

    Raises:
        Kept: the profile would have no address left, and something in it needs one.
    """
    lines = text.splitlines(keepends=True)
    section = ""
    places = {}
    for number, line in enumerate(lines):
        words = line.strip()
        if words.startswith("[") and words.endswith("]"):
            section = words[1:-1]
        elif section == "ipv4" and "=" in words and words[0] not in "#;":
            key, value = words.split("=", 1)
            places[number] = (key.strip(), value.strip())
    return "".join(_changed(lines, places, (addresses, gateways), instead or {}))


def _changed(lines, places, what, instead):
    addresses, gateways = what
    kept = {number: _value(*place, addresses, gateways) for number, place in places.items()}
    told = dict(places.values())
    for number, (key, _) in places.items():
        route, _, options = key.partition("_")
        if options == "options" and ROUTE.match(route):
            alone = route in told and _value(route, told[route], addresses, gateways) is None
            kept[number] = None if alone and not _elsewhere(told, route) else kept[number]
        elif ROUTE.match(key) and _elsewhere(told, key):
            kept[number] = told[key]
    gone = [number for number, value in kept.items() if value is None]
    held = [number for number, (key, _value_) in places.items() if ADDRESS.match(key)]
    lost = [number for number in held if kept[number] is None]
    if lost and len(lost) == len(held):
        _fill(places, kept, lost, instead)
    for number, line in enumerate(lines):
        if number not in places or kept[number] == places[number][1]:
            yield line
        elif kept[number] is not None:
            end = line[len(line.rstrip("\r\n")) :]
            yield f"{places[number][0]}={kept[number]}{end}"
        elif number not in gone:
            yield line


def _value(key, value, addresses, gateways):
    """What stays of a value; None where nothing does."""
    if ADDRESS.match(key):
        left = [
            _left(each, gateways) for each in value.split(";") if each and each.split("/")[0] not in addresses
        ]
        if [each for each in value.split(";") if each] == left:
            return value
        return ";".join(left) + (";" if value.endswith(";") else "") if left else None
    if key == "gateway" and value in gateways:
        return None
    if (
        ROUTE.match(key)
        and value.split(",")[0] in EVERYWHERE
        and value.split(",")[1:2]
        and value.split(",")[1] in gateways
    ):
        return None
    return value


def _elsewhere(told, route):
    """True for a route of another table than the main one."""
    options = dict(each.partition("=")[::2] for each in told.get(f"{route}_options", "").split(","))
    return options.get("table", "") not in ("", "0", "254", "main")


def _left(address, gateways):
    """An address without the gateway behind its comma, where that is one of the gateways."""
    own, comma, gateway = address.partition(",")
    return own if comma and gateway in gateways else address


def _fill(places, kept, lost, instead):
    """Give a profile that lost its last address the new one, or switch IPv4 off in it."""
    first = lost[0]
    value = places[first][1]
    fresh = instead.get(value.split("/")[0])
    if fresh:
        kept[first] = fresh
        return
    needing = [
        key for number, (key, _value_) in places.items() if NEEDS_IPV4.match(key) and kept[number] is not None
    ]
    if needing:
        raise Kept(
            f"`{needing[0]}` needs an IPv4 address, and the profile's last one is to go: move it first"
        )
    for number, (name, value) in places.items():
        if name == "method" and value == "manual":
            kept[number] = "disabled"
