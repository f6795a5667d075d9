"""Takes old addresses, and the default route of the old line, out of netplan's YAML, and nothing else.

The text is edited where the parser says that something stands, so comments and order stay; the outcome is
read again and has to be just the document without what was to go. Runs with Python >= 3.8 and PyYAML, which
netplan brings along.
"""

from __future__ import annotations

KINDS = ("ethernets", "bonds", "bridges", "vlans", "wifis", "modems", "tunnels", "vrfs", "dummy-devices")
EVERYWHERE = ("default", "0.0.0.0/0", "::/0", "0/0")
MAIN = (None, 254)


class Kept(Exception):
    """The file is written in a way that cannot be edited without losing more; the sentence says what."""


def without(text, addresses, gateways, instead=None):
    """The text without what sets these addresses or leads the default route by these gateways.

    `instead` gives, by old address, the new one with its length where it is on the same interface: it takes
    the place of the last address of a definition, which its renderer may need.

    Raises:
        Kept: PyYAML is missing, or the text is no YAML that can be edited.
    """
    try:
        import yaml  # noqa: PLC0415 - there only where netplan is
    except ImportError as problem:
        raise Kept("python3-yaml is missing: netplan's files cannot be read") from problem
    try:
        tree, wanted = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
        edits = list(_edits(tree, wanted, (addresses, gateways), instead or {})) if tree else []
        left = _applied(text, edits)
        same = yaml.safe_load(left) == wanted
    except yaml.YAMLError as problem:
        raise Kept(f"it cannot be read: {' '.join(str(problem).split())}") from problem
    if not same:
        raise Kept("it is written in a way that cannot be edited safely: take the address out by hand")
    return left


def _edits(tree, document, what, instead):
    """Stretches of the text to replace; the document is changed to what is to be left."""
    for kind_node, kind in _definitions(tree, document):
        for key, node in list(kind_node.value):
            told = kind.get(key.value)
            if isinstance(told, dict):
                had = bool(told)
                yield from _edits_of(node, told, what, instead)
                if had and not told and not node.flow_style:
                    yield key.end_mark.index + 1, key.end_mark.index + 1, " {}"


def _definitions(tree, document):
    network = {key.value: node for key, node in tree.value}.get("network")
    for key, node in network.value if network else ():
        if key.value in KINDS and hasattr(node, "value") and isinstance(document["network"][key.value], dict):
            yield node, document["network"][key.value]


def _edits_of(node, told, what, instead):
    addresses, gateways = what
    for key, value in list(node.value):
        if key.value == "addresses" and isinstance(told.get("addresses"), list):
            gone = [number for number, each in enumerate(told["addresses"]) if _address(each) in addresses]
            fresh = instead.get(_address(told["addresses"][gone[0]])) if gone else None
            if fresh and len(gone) == len(told["addresses"]):
                item = value.value[gone[0]]
                yield item.start_mark.index, item.end_mark.index, fresh
                told["addresses"][gone[0]] = fresh
                gone = gone[1:]
            yield from _without_items(node, (key, value), told, gone)
        elif key.value == "routes" and isinstance(told.get("routes"), list):
            gone = [number for number, each in enumerate(told["routes"]) if _is_default(each, gateways)]
            yield from _without_items(node, (key, value), told, gone)
        elif key.value == "gateway4" and told.get("gateway4") in gateways:
            told.pop("gateway4")
            yield _stretch(node, key, value)


def _without_items(parent, pair, told, gone):
    key, sequence = pair
    if not gone:
        return
    left = [each for number, each in enumerate(told[key.value]) if number not in gone]
    if not left:
        told.pop(key.value)
        yield _stretch(parent, key, sequence)
        return
    told[key.value] = left
    for first, last in _runs(gone) if sequence.flow_style else zip(gone, gone):
        yield _stretch(sequence, sequence.value[first], sequence.value[last])


def _runs(numbers):
    """The first and the last of each run: items of a flow share their commas with their neighbours."""
    runs = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return runs


def _stretch(parent, first, last):
    """What holds one item of a sequence or mapping: whole lines of a block, an item and a comma of a flow."""
    if parent.flow_style:
        return first.start_mark.index, last.end_mark.index, ","
    return first.start_mark.line, _last_line(last), None


def _last_line(node):
    """The line that the last word of a node stands on: a block's own end lies behind its comments."""
    if isinstance(node.value, list) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    return (
        node.end_mark.line if node.end_mark.column or isinstance(node.value, str) else node.end_mark.line - 1
    )


def _applied(text, edits):
    """The text with every edit made, the last first."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    places = []
    for begin, end, fresh in edits:
        if fresh is None:
            places.append((starts[begin], starts[min(end + 1, len(lines))], ""))
        elif fresh == ",":
            places.append((*_with_comma(text, begin, end), ""))
        else:
            places.append((begin, end, fresh))
    for begin, end, fresh in sorted(places, reverse=True):
        text = text[:begin] + fresh + text[end:]
    return text


def _with_comma(text, begin, end):
    """A flow item with the comma that parts it from the next, or from the one before where it is the last."""
    behind = len(text[end:]) - len(text[end:].lstrip())
    if text[end + behind : end + behind + 1] == ",":
        stop = end + behind + 1
        return begin, stop + len(text[stop:]) - len(text[stop:].lstrip(" "))
    before = text[:begin].rstrip()
    return (len(before) - 1 if before.endswith(",") else begin), end


def _address(entry):
    """The address of an entry, which may be a mapping with options of the address."""
    written = next(iter(entry), "") if isinstance(entry, dict) else entry
    return str(written).split("/")[0]


def _is_default(route, gateways):
    return (
        isinstance(route, dict)
        and str(route.get("to")) in EVERYWHERE
        and route.get("via") in gateways
        and route.get("table") in MAIN
    )
