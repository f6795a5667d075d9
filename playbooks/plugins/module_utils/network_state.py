"""Takes the network state of a Linux host and puts it back: what is missing first, what is too much after.

Runs on the host with Python >= 3.8 and iproute2 alone. A state is a plain dictionary, so that it can be
written to a file: links, addresses with their flags and order, routes of every table, rules, sysctls, and
the nftables tables that were asked for. Tables of others are neither read nor touched.
"""

from __future__ import annotations

import ipaddress
import json
import subprocess
import time
from pathlib import Path

FAMILIES = ("-4", "-6")
LOCAL_TABLE = "255"
KERNEL = "2"
DYNAMIC = frozenset(("9", "11", "12", "16", "42", "186", "187", "188", "189", "192"))
"""Protocol numbers of routes that somebody else keeps: advertisements, DHCP, daemons (rtnetlink(7)).
One that is missing is put back; one that came meanwhile is left alone, and does not make a state inexact."""
TRANSIENT = frozenset(("linkdown", "dead", "pervasive", "offload", "trap", "rt_offload"))
RUNNING = frozenset(("expires", "hoplimit", "users", "age", "used"))
"""Words in a route's text whose value changes by itself."""
FLAGS = ("noprefixroute", "home", "mngtmpaddr", "autojoin")
"""What ip(8) shows of an address and takes back as the same word; `nodad` only says how it was added."""
ROUNDS = 3


def take(sysctls=(), tables=()):
    """The present state; `sysctls` names those to note, `tables` the nftables tables, each `FAMILY NAME`."""
    links = json.loads(_out("ip", "-j", "addr", "show"))
    addresses = list(_addresses(links))
    state = {
        "links": {link["ifname"]: "UP" in link["flags"] for link in links},
        "addresses": sorted(addresses),
        "order": _order(addresses),
        "routes": [[family, line] for family in FAMILIES for line in _routes(family)],
        "rules": [[family, line] for family in FAMILIES for line in _rules(family)],
        "sysctls": {name: read_sysctl(name) for name in sysctls},
    }
    if tables:
        state["nft"] = {table: table_text(table) for table in tables}
    return state


def table_text(table):
    """How nft(8) lists a table, without what counts by itself; empty where there is none."""
    done = subprocess.run(
        ["nft", "-s", "list", "table", *table.split()], capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else ""


def put_back(old):
    """Return to a state by an inverse diff, make before break; tells what was run and what still differs.

    What is missing is added before what is too much is removed, in up to three rounds, since an address that
    goes takes routes with it. Returns (commands with what they said, differences): no difference is exact.
    """
    said = []
    for name, value in old["sysctls"].items():
        if value is not None and read_sysctl(name) != value:
            write_sysctl(name, value)
    for table, text in old.get("nft", {}).items():
        if table_text(table) != text:
            said += _run_batch(["nft", "-f", "-"], [f"add table {table}", f"delete table {table}", text])
    present = _take_again(old)
    for _round in range(ROUNDS):
        if not differences(old, present):
            break
        said += _bring(_missing(old, present))
        said += _bring(_extra(old, _take_again(old)))
        said += _bring(_reordered(old, _take_again(old)))
        present = _take_again(old)
    return said, differences(old, present)


def differences(old, present):
    """Sentences for what of a state is missing or too much; none when the states are the same."""
    found = []
    for family, lines in _missing(old, present).items():
        found += [f"missing: ip {family} {line}" for line in lines]
    for family, lines in _extra(old, present).items():
        found += [f"too much: ip {family} {line}" for line in lines]
    found += [
        "sysctl {} is {}, was {}".format(name, present["sysctls"].get(name), value)
        for name, value in old["sysctls"].items()
        if present["sysctls"].get(name) != value
    ]
    found += [
        "{} on {} are in the order {}, were {}".format(
            *place.rsplit(" ", 1)[::-1], ", ".join(present.get("order", {}).get(place, ())), ", ".join(order)
        )
        for place, order in old.get("order", {}).items()
        if _is_disordered(order, present.get("order", {}).get(place, []))
    ]
    found += [
        f"the nftables table {table} differs"
        for table, text in old.get("nft", {}).items()
        if present["nft"][table] != text
    ]
    return found


def made(before, after):
    """What a change made of a state: what came, what went, and the sysctls as they were."""
    kinds = ("addresses", "routes", "rules")
    return {
        "gone": {kind: [each for each in before[kind] if each not in after[kind]] for kind in kinds},
        "came": {kind: [each for each in after[kind] if each not in before[kind]] for kind in kinds},
        "order": before["order"],
        "sysctls": before["sysctls"],
    }


def _goes_with_address(words, held):
    """True for a route that the kernel made for an address which is not held, and takes away with it."""
    return _value(words, "proto") == KERNEL and _value(words, "src") not in {None, *held}


def _key(entry):
    """What an entry is about, whoever set it: after a boot it was the host's manager."""
    *place, text = entry
    words = text.split()
    if len(place) > 1:
        return tuple(place)
    aside = {number for number, word in enumerate(words) if word in ("proto", "pref", "src") and number}
    return (*place, *(word for number, word in enumerate(words) if {number, number - 1}.isdisjoint(aside)))


def unmade(present, change):
    """The state that undoes a change and leaves alone whatever else has changed since."""
    wanted = dict(present)
    for kind, went in change["gone"].items():
        back = {_key(each) for each in went}
        came = {_key(each) for each in change["came"][kind]} - back
        wanted[kind] = [each for each in present[kind] if _key(each) not in came]
        there = {_key(each) for each in wanted[kind]}
        wanted[kind] += [each for each in went if _key(each) not in there]
    held = {address.split("/")[0] for _link, _family, address, _words in wanted["addresses"]}
    wanted["routes"] = [each for each in wanted["routes"] if not _goes_with_address(each[1].split(), held)]
    places = {place for place, order in change["order"].items() if _holds(wanted, place, order)}
    wanted["order"] = {place: change["order"][place] for place in places}
    wanted["sysctls"] = change["sysctls"]
    return wanted


def read_sysctl(name):
    """The value of a sysctl, or None where the kernel has none of that name."""
    try:
        return _sysctl(name).read_text().strip()
    except OSError:
        return None


def write_sysctl(name, value):
    """Set a sysctl; raises OSError where the kernel refuses."""
    _sysctl(name).write_text(value)


def _sysctl(name):
    return Path("/proc/sys") / name.replace(".", "/") if "/" not in name else Path("/proc/sys") / name


def _take_again(old):
    return take(old["sysctls"], tuple(old.get("nft", ())))


def _addresses(links):
    """Addresses that somebody set, as [interface, family, address/length, what else ip(8) is told]."""
    for link in links:
        for each in link.get("addr_info", []):
            if each.get("dynamic") or each.get("temporary") or link["ifname"] == "lo":
                continue
            words = ["peer", f"{each['address']}/{each['prefixlen']}"] if each.get("address") else []
            words += ["scope", str(each["scope"])] if each["family"] == "inet" else []
            if each.get("broadcast"):
                words += ["broadcast", each["broadcast"]]
            if each.get("metric"):
                words += ["metric", str(each["metric"])]
            words += [flag for flag in FLAGS if each.get(flag)]
            if each.get("label", link["ifname"]) != link["ifname"]:
                words += ["label", each["label"]]
            if each.get("deprecated") or each.get("preferred_life_time") == 0:
                words += ["preferred_lft", "0"]
            family = "-4" if each["family"] == "inet" else "-6"
            own = each["local"] if each.get("address") else f"{each['local']}/{each['prefixlen']}"
            yield [link["ifname"], family, own, " ".join(words)]


def _order(addresses):
    """The IPv4 addresses of each interface and network in the kernel's order: the first is the primary."""
    found = {}
    for link, family, address, _words in addresses:
        if family == "-4" and "/" in address:
            network = str(ipaddress.ip_interface(address).network)
            found.setdefault(f"{link} {network}", []).append(address)
    return {place: order for place, order in found.items() if len(order) > 1}


def _is_disordered(order, present):
    """True where the same addresses stand in another order, so that another of them is the primary."""
    return sorted(order) == sorted(present) and list(order) != list(present)


def _holds(state, place, order):
    link = place.rsplit(" ", 1)[0]
    held = {address for name, family, address, _words in state["addresses"] if (name, family) == (link, "-4")}
    return held.issuperset(order)


def _reordered(old, present):
    """Commands that set addresses anew which stand in another order than before."""
    lines = {family: [] for family in FAMILIES}
    words = {(link, address): told for link, family, address, told in old["addresses"] if family == "-4"}
    for place, order in old.get("order", {}).items():
        if _is_disordered(order, present.get("order", {}).get(place, [])):
            link = place.rsplit(" ", 1)[0]
            lines["-4"] += [f"addr del {address} dev {link}" for address in reversed(present["order"][place])]
            lines["-4"] += [f"addr add {address} dev {link} {words[link, address]}" for address in order]
    return lines


def _routes(family):
    """Routes in the form that ip(8) takes back, one line each, without what the kernel keeps by itself."""
    for line in _out("ip", "-o", "-N", family, "route", "show", "table", "all").splitlines():
        words = line.replace("\\", " ").split()
        if not words or words[0] in ("local", "broadcast", "multicast", "anycast"):
            continue
        if _value(words, "table") == LOCAL_TABLE or words[0].startswith("ff00:"):
            continue
        yield " ".join(_lasting(words))


def _lasting(words):
    """The words of a route without those that change by themselves."""
    kept = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in RUNNING:
            skip = True
        elif word not in TRANSIENT:
            kept.append(word)
    return kept


def _rules(family):
    for line in _out("ip", "-N", family, "rule", "show").splitlines():
        preference, rule = line.split(":", 1)
        yield "pref {} {}".format(preference.strip(), " ".join(rule.split()))


def _value(words, name):
    return words[words.index(name) + 1] if name in words[:-1] else None


def _missing(old, present):
    """Commands that add what is missing, by family, in the order links, addresses, routes, rules."""
    lines = {family: [] for family in FAMILIES}
    for name, up in old["links"].items():
        if up and not present["links"].get(name):
            lines["-4"].append(f"link set {name} up")
    for link, family, address, words in _in_order(old):
        if [link, family, address, words] not in present["addresses"]:
            quick = " nodad" if family == "-6" else ""
            fresh = "" if "preferred_lft" in words else " preferred_lft forever"
            lines[family].append(f"addr replace {address} dev {link} {words}{fresh}{quick}")
    for family, route in old["routes"]:
        if [family, route] not in present["routes"]:
            lines[family].append(f"route replace {route}")
    for family, rule in old["rules"]:
        if [family, rule] not in present["rules"]:
            lines[family].append(f"rule add {rule}")
    return lines


def _extra(old, present):
    """Commands that remove what is too much, by family, in the opposite order."""
    lines = {family: [] for family in FAMILIES}
    for family, rule in present["rules"]:
        if [family, rule] not in old["rules"]:
            lines[family].append(f"rule del {rule}")
    for family, route in present["routes"]:
        ours = _value(route.split(), "proto") not in DYNAMIC | {KERNEL}
        if ours and [family, route] not in old["routes"]:
            lines[family].append(f"route del {route}")
    places = [each[:3] for each in old["addresses"]]
    for link, family, address, _words in reversed(_in_order(present)):
        if [link, family, address] not in places:
            lines[family].append(f"addr del {address} dev {link}")
    for name, up in old["links"].items():
        if not up and present["links"].get(name):
            lines["-4"].append(f"link set {name} down")
    return lines


def _in_order(state):
    """The addresses of a state as the kernel lists them: a primary takes its secondaries along."""
    ranks = {
        (place.rsplit(" ", 1)[0], address): number
        for place, order in state.get("order", {}).items()
        for number, address in enumerate(order)
    }
    return sorted(state["addresses"], key=lambda each: (each[0], each[1], ranks.get((each[0], each[2]), 0)))


def _bring(lines):
    said = []
    for family in FAMILIES:
        if lines[family]:
            said += _run_batch(["ip", family, "-N", "-force", "-batch", "-"], lines[family])
    return said


def _run_batch(command, lines):
    began = time.monotonic()
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    took = round(time.monotonic() - began, 4)
    return [{"command": " ".join(command), "lines": lines, "said": done.stderr.strip(), "seconds": took}]


def _out(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
