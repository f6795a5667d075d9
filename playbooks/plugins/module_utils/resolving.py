"""Fills a transaction with what this host has in the places that a plan leaves open.

Interfaces, the metric of the default route that is to be replaced, and the files of systemd-networkd are
known on the host alone. Runs with Python >= 3.8 and iproute2 alone.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

if __package__:
    from ansible.module_utils import forgetting, placing
else:
    import forgetting
    import placing

STEPS = Path("/var/lib/tricenter/steps")
"""What each confirmed step of a move changed on this host, by the step's name."""
IPV6_DEFAULT = "1024"
"""The metric of an IPv6 route for which nobody named one (IP6_RT_PRIO_USER of the kernel)."""
BLOCK = re.compile(r"^#@(default4|default6|unnamed)\n(.*?)^#@end\n", re.MULTILINE | re.DOTALL)
"""Text that is written only where a default is replaced, or where no file of ifupdown names `@new`."""
OPTIONAL = {
    "forget": [],
    "recall": False,
    "leave": [],
    "come_back": False,
    "lead": [],
    "step": "",
    "undoes": "",
}
"""What a transaction of an earlier version does not say."""


class Unresolved(Exception):
    """This host has nothing for a place of the transaction, or something that a move cannot give back."""


def resolved(transaction):
    """The transaction with this host's own in the places of `@old`, `@new`, `@metric4` and the others.

    `old` and `new` of the transaction name the interfaces, or `old_address` is looked up where they do not.

    Raises:
        Unresolved: no interface holds the address, or networkd does not manage one, or a default is split.
    """
    given = dict(OPTIONAL, **transaction)
    links = json.loads(_out("ip", "-j", "addr", "show"))
    undo = recorded(given["undoes"]) if given["undoes"] else None
    old = given.get("old") or _was_on(undo) or _holder(links, given["old_address"])
    new = given.get("new") or old
    metrics = {"4": _metric("-4", given), "6": _metric("-6", given)}
    places = _places(given, old, new)
    places.update({f"@metric{family}": metric for family, metric in metrics.items() if metric is not None})

    def filled(text):
        for word, value in places.items():
            text = re.sub(rf"{word}\b", value, text)
        return text

    written = {"default4": metrics["4"] is not None, "default6": metrics["6"] is not None}
    written["unnamed"] = not _is_named(new)

    def chosen(text):
        return BLOCK.sub(lambda found: found.group(2) if written[found.group(1)] else "", text)

    commands = [filled(_with_old_metric(line)) for line in given["commands"]]
    return {
        "sysctls": {filled(name): value for name, value in given["sysctls"].items()},
        "commands": _expanded([line for line in commands if "@metric" not in line], links),
        "nft": filled(given["nft"]),
        "files": {filled(path): filled(chosen(text)) for path, text in given["files"].items()},
        "unique": given.get("unique", []),
        "new": new,
        "instead": _instead(given, old == new),
        **{key: given[key] for key in OPTIONAL},
        "undo": undo,
    }


def own_tables(script):
    """The tables that an nftables script makes or removes, as `FAMILY NAME`: the way back takes only these.

    Raises:
        Unresolved: the script touches the tables of others.
    """
    if re.search(r"^\s*flush\s+ruleset", script, re.MULTILINE):
        raise Unresolved("the filter would flush the tables of others")
    found = re.findall(
        r"^\s*(?:(?:add|create|delete|destroy|flush)\s+)?table\s+(\S+)\s+([^\s;{]+)", script, re.MULTILINE
    )
    return list(dict.fromkeys(" ".join(pair) for pair in found))


def recorded(step):
    """What a step changed on this host; None where nobody wrote it down."""
    try:
        return json.loads((STEPS / f"{step}.json").read_text())
    except (OSError, ValueError):
        return None


def defaults(family):
    """The default routes of the main table, each as its words."""
    lines = _out("ip", "-o", family, "-N", "route", "show", "default", "table", "main").splitlines()
    return [line.replace("\\", " ").split() for line in lines if line.split()[:1] == ["default"]]


def metric_of(words):
    """The metric of a route as ip(8) shows it."""
    return int(words[words.index("metric") + 1]) if "metric" in words else 0


def _metric(family, given):
    """The metric of the default route whose place is taken, as text; None where none is.

    Raises:
        Unresolved: that route has several next hops.
    """
    present = defaults(family)
    for gateways in (given["lead"], given["leave"]):
        through = [words for words in present if any(_leads(words, each) for each in gateways)]
        if any("nexthop" in words for words in through):
            raise Unresolved(
                "the default route has several next hops, of which one is the old gateway: give the others a"
                " route of their own first"
            )
        if through:
            return str(min(map(metric_of, through)))
    if family == "-6" and given["leave"] and any(":" in each for each in given["lead"]) and not present:
        return IPV6_DEFAULT
    return None if given["lead"] else _any_metric(present)


def _any_metric(present):
    """What plans of an earlier version took: the best default's, whoever it led by."""
    return str(min(map(metric_of, present))) if present else None


def _leads(words, gateway):
    return f" via {gateway} " in " {} ".format(" ".join(words))


def _with_old_metric(line):
    """A line of an earlier version's plan in the words of today."""
    family = "6" if line.startswith("-6") else "4"
    return re.sub(r"@metric\b(?![46])", f"@metric{family}", line)


def _expanded(commands, links):
    """Removals of addresses as this host holds them: with whatever length, secondaries first."""
    found = []
    for line in commands:
        family, *words = line.split()
        if words[:2] != ["addr", "del"]:
            found.append(line)
            continue
        address, link = words[2].split("/")[0], words[words.index("dev") + 1]
        held = [each for each in _held(links, address) if each[0] == link] or _held(links, address)
        found += [f"{family} addr del {address}/{length} dev {name}" for name, length in held]
    return _secondaries_first(found, links)


def _secondaries_first(commands, links):
    """The same lines, removals of addresses in an order that takes no primary before its secondaries."""
    ranks = {
        f"{each['local']}/{each['prefixlen']}": number
        for link in links
        for number, each in enumerate(link.get("addr_info", []))
    }
    places = [number for number, line in enumerate(commands) if line.split()[1:3] == ["addr", "del"]]
    ordered = sorted((commands[each] for each in places), key=lambda line: -ranks.get(line.split()[3], 0))
    left = list(commands)
    for place, line in zip(places, ordered):
        left[place] = line
    return left


def _held(links, address):
    return [
        (link["ifname"], each["prefixlen"])
        for link in links
        for each in link.get("addr_info", [])
        if each.get("local") == address
    ]


def _instead(given, same_interface):
    """The new address that takes the place of each old one in a file that needs one."""
    fresh = given.get("instead") or {}
    return dict(fresh) if same_interface else {}


def _places(given, old, new):
    places = {"@old": old, "@new": new}
    paths = " ".join(given["files"])
    for word, link in (("@newfile", new), ("@oldfile", old), ("@networkfile", new)):
        if word in paths:
            places[word] = _network_file(link)
    return dict(sorted(places.items(), key=lambda pair: -len(pair[0])))


def _holder(links, address):
    for link in links:
        if any(each.get("local") == address for each in link.get("addr_info", [])):
            return link["ifname"]
    raise Unresolved(f"no interface of this host holds {address}")


def _was_on(undo):
    """The interface that a step took addresses from; empty where it took none."""
    return next((each[0] for each in undo["gone"]["addresses"] if each[1] == "-4"), "") if undo else ""


def _is_named(link):
    """True where a file of ifupdown's own defines an interface."""
    stanza = re.compile(rf"^\s*iface\s+{re.escape(link)}\s", re.MULTILINE)
    return any(stanza.search(placing.read(path)) for path in forgetting.files(forgetting.IFUPDOWN))


def _network_file(link):
    """The name of the file by which systemd-networkd manages an interface."""
    try:
        said = _out("networkctl", "--no-pager", "status", link)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unresolved(f"systemd-networkd does not tell which file manages {link}: {error}") from error
    found = re.search(r"Network File: (\S+)", said)
    if not found or found.group(1) == "n/a":
        raise Unresolved(f"systemd-networkd does not manage {link}: give it a file of its own first")
    return Path(found.group(1)).name


def _out(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
