"""Takes the network state of a Linux host and puts it back: what is missing first, what is too much after.

Runs on the host with Python >= 3.8 and iproute2 alone. A state is a plain dictionary, so that it can be
written to a file: links, addresses with their flags and order, routes of every table, rules, sysctls, and
the nftables tables that were asked for. Tables of others are neither read nor touched, and no address that
keepalived moves between hosts, nor what is sent from it.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

if __package__:
    from ansible.module_utils import floating, held_addresses
else:
    import floating
    import held_addresses

FAMILIES = ("-4", "-6")
LOCAL_TABLE = "255"
KERNEL = "2"
DYNAMIC = frozenset(("9", "11", "12", "16", "18", "42", "186", "187", "188", "189", "192"))
"""Protocol numbers of routes that somebody else keeps: advertisements, DHCP, daemons (rtnetlink(7)).
One that is missing is put back; one that came meanwhile is left alone, and does not make a state inexact."""
TRANSIENT = frozenset(("linkdown", "dead", "pervasive", "offload", "trap", "rt_offload"))
RUNNING = frozenset(("expires", "hoplimit", "users", "age", "used"))
"""Words in a route's text whose value changes by itself."""
ROUNDS = 3


def take(sysctls=(), tables=()):
    """The present state; `sysctls` names those to note, `tables` the nftables tables, each `FAMILY NAME`."""
    moved = floating.addresses()
    links = floating.without(json.loads(_out("ip", "-j", "addr", "show")), moved)
    state = {
        "links": {link["ifname"]: "UP" in link["flags"] for link in links},
        "addresses": sorted(held_addresses.lasting(links)),
        "leases": sorted(held_addresses.leases(links), key=lambda each: each[:3]),
        "order": held_addresses.order(links),
        "routes": [
            [family, line]
            for family in FAMILIES
            for line in _routes(family)
            if _value(line.split(), "src") not in moved
        ],
        "rules": [[family, line] for family in FAMILIES for line in _rules(family)],
        "neighbours": sorted(_neighbours()),
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
        said += _bring(_by_family(held_addresses.reordered(old, _take_again(old))))
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
    found += held_addresses.differing(old, present)
    found += [
        f"the nftables table {table} differs"
        for table, text in old.get("nft", {}).items()
        if present["nft"][table] != text
    ]
    return found


def made(before, after):
    """What a change made of a state: what came, what went, and the sysctls as they were."""
    kinds = ("addresses", "routes", "rules", "neighbours")
    held = [each[:4] for each in held_addresses.every(after)]
    return {
        "leases": [each for each in before["leases"] if each[:4] not in held],
        "boot": _boot(),
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
        came = {_key(each) for each in change["came"].get(kind, ())} - back
        wanted[kind] = [each for each in present[kind] if _key(each) not in came]
        wanted[kind] += _not_there(went, wanted[kind])
    back = change.get("leases", ()) if change.get("boot") == _boot() else ()
    places = [each[:3] for each in back]
    wanted["addresses"] = [each for each in wanted["addresses"] if each[:3] not in places]
    wanted["leases"] = [each for each in present["leases"] if each[:3] not in places] + list(back)
    held = {each[2].split("/")[0] for each in held_addresses.every(wanted)}
    wanted["routes"] = [each for each in wanted["routes"] if not _goes_with_address(each[1].split(), held)]
    wanted["order"] = change["order"]
    wanted["sysctls"] = change["sysctls"]
    return wanted


def _not_there(went, there):
    """Those of some entries that nobody has set; each that is there stands for one of its key."""
    left = [_key(each) for each in there if each not in went]
    for each in went:
        if each in there:
            continue
        if _key(each) in left:
            left.remove(_key(each))
        else:
            yield each


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


def _neighbours():
    """Neighbours that somebody set: the kernel forgets those of a link that loses its last IPv4 address."""
    for family in FAMILIES:
        for line in _out("ip", family, "neigh", "show", "nud", "permanent").splitlines():
            words = [word for word in line.split() if word not in ("PERMANENT", "router", "extern_learn")]
            yield [family, " ".join([*words, "nud permanent"])]
        for line in _out("ip", family, "neigh", "show", "proxy").splitlines():
            address, *words = line.split()
            yield [family, " ".join(["proxy", address, *words[: words.index("proxy")]])]


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
    for family, line in held_addresses.missing(old, present):
        lines[family].append(line)
    for family, line in held_addresses.routes_back(old, present):
        lines[family].append(line)
    for family, neighbour in old.get("neighbours", ()):
        if [family, neighbour] not in present["neighbours"]:
            lines[family].append(f"neigh replace {neighbour}")
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
    held = {each[2].split("/")[0] for each in held_addresses.every(old)}
    for family, route in present["routes"]:
        if [family, route] not in old["routes"] and _is_to_go(route.split(), held):
            lines[family].append(f"route del {route}")
    for family, neighbour in present["neighbours"] if "neighbours" in old else ():
        if [family, neighbour] not in old["neighbours"]:
            lines[family].append(f"neigh del {neighbour}")
    for family, line in held_addresses.too_much(old, present):
        lines[family].append(line)
    for name, up in old["links"].items():
        if not up and present["links"].get(name):
            lines["-4"].append(f"link set {name} down")
    return lines


def _is_to_go(words, held):
    """True for a route that somebody set, and for one that the kernel made of an address that had none."""
    keeper = _value(words, "proto")
    return _value(words, "src") in held if keeper == KERNEL else keeper not in DYNAMIC


def _by_family(pairs):
    lines = {family: [] for family in FAMILIES}
    for family, line in pairs:
        lines[family].append(line)
    return lines


def _boot():
    """The name of this boot: clocks of another say nothing here."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


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
