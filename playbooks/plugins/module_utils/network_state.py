"""Takes the network state of a Linux host and puts it back: what is missing first, what is too much after.

Runs on the host with Python >= 3.8 and iproute2 alone. A state is a plain dictionary, so that it can be
written to a file: links, addresses, routes of every table, rules, sysctls, and nftables where they were
asked for.
"""

from __future__ import annotations

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
ROUNDS = 3


def take(sysctls=(), nft=False):
    """The present state; `sysctls` names those to note, `nft` notes the whole rule set."""
    links = json.loads(_out("ip", "-j", "addr", "show"))
    state = {
        "links": {link["ifname"]: "UP" in link["flags"] for link in links},
        "addresses": sorted(_addresses(links)),
        "routes": [[family, line] for family in FAMILIES for line in _routes(family)],
        "rules": [[family, line] for family in FAMILIES for line in _rules(family)],
        "sysctls": {name: read_sysctl(name) for name in sysctls},
    }
    if nft:
        state["nft"] = _out("nft", "-s", "list", "ruleset")
    return state


def put_back(old):
    """Return to a state by an inverse diff, make before break; tells what was run and what still differs.

    What is missing is added before what is too much is removed, in up to three rounds, since an address that
    goes takes routes with it. Returns (commands with what they said, differences): no difference is exact.
    """
    said = []
    for name, value in old["sysctls"].items():
        if value is not None and read_sysctl(name) != value:
            write_sysctl(name, value)
    if "nft" in old:
        said += _run_batch(["nft", "-f", "-"], ["flush ruleset", old["nft"]])
    present = _take_again(old)
    for _round in range(ROUNDS):
        if not differences(old, present):
            break
        said += _bring(_missing(old, present))
        said += _bring(_extra(old, _take_again(old)))
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
    if "nft" in old and present.get("nft") != old["nft"]:
        found.append("the nftables rule set differs")
    return found


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
    return take(old["sysctls"], "nft" in old)


def _addresses(links):
    """Addresses that somebody set, as [interface, family, address/length, what else ip(8) is told]."""
    for link in links:
        for each in link.get("addr_info", []):
            if each.get("dynamic") or each.get("temporary") or link["ifname"] == "lo":
                continue
            words = ["scope", str(each["scope"])] if each["family"] == "inet" else []
            if each.get("broadcast"):
                words += ["broadcast", each["broadcast"]]
            if each.get("label", link["ifname"]) != link["ifname"]:
                words += ["label", each["label"]]
            if each.get("deprecated") or each.get("preferred_life_time") == 0:
                words += ["preferred_lft", "0"]
            family = "-4" if each["family"] == "inet" else "-6"
            yield [link["ifname"], family, f"{each['local']}/{each['prefixlen']}", " ".join(words)]


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
    for link, family, address, words in old["addresses"]:
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
    for link, family, address, _words in present["addresses"]:
        if [link, family, address] not in places:
            lines[family].append(f"addr del {address} dev {link}")
    for name, up in old["links"].items():
        if not up and present["links"].get(name):
            lines["-4"].append(f"link set {name} down")
    return lines


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
