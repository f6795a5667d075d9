"""Takes old addresses, and the default route of the old line, out of systemd.network(5), and nothing else.

Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

EVERYWHERE = ("", "0.0.0.0/0", "::/0")
MAIN = ("", "main", "254")


def without(text, addresses, gateways, _instead=None):
    """The text without what sets these addresses or leads the default route by these gateways."""
    lines = text.splitlines(keepends=True)
    gone = set()
    for name, numbers in _sections(lines):
        options = {number: _option(lines[number]) for number in numbers[1:]}
        set_ = {number: option for number, option in options.items() if option}
        told = dict(set_.values())
        if name == "Network":
            gone |= {number for number, option in set_.items() if _goes(option, addresses, gateways)}
        elif (name == "Address" and _ip(told.get("Address", "")) in addresses) or (
            name == "Route" and _is_default(told, gateways)
        ):
            gone |= {numbers[0], *set_}
    return "".join(line for number, line in enumerate(lines) if number not in gone)


def _goes(option, addresses, gateways):
    key, value = option
    return (key == "Address" and _ip(value) in addresses) or (key == "Gateway" and value in gateways)


def _is_default(told, gateways):
    everywhere = told.get("Destination", "") in EVERYWHERE and told.get("Table", "") in MAIN
    return everywhere and told.get("Gateway", "") in gateways


def _sections(lines):
    """Each section as its name and the numbers of its lines, the heading first."""
    name, numbers = "", []
    for number, line in enumerate(lines):
        words = line.strip()
        if words.startswith("[") and words.endswith("]"):
            if name:
                yield name, numbers
            name, numbers = words[1:-1], [number]
        elif name:
            numbers.append(number)
    if name:
        yield name, numbers


def _option(line):
    words = line.strip()
    if not words or words[0] in "#;" or "=" not in words:
        return None
    key, value = words.split("=", 1)
    return key.strip(), value.strip()


def _ip(value):
    return value.split("/")[0]
