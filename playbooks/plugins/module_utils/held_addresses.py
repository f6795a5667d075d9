"""Reads the addresses that a host holds, with flags, order and lifetimes, and tells how to bring them back.

Runs on the host with Python >= 3.8 and iproute2 alone. An address is `[interface, family, address/length,
what else ip(8) is told]`; one that ends by itself has two numbers more: when its valid and its preferred time
end, in seconds of the clock that a suspended machine does not stop; None: never. Such a lease is kept by
somebody else: one that was renewed, or came meanwhile, is as it should be, and one that has ended is not
missed.
"""

from __future__ import annotations

import time

FLAGS = ("noprefixroute", "home", "mngtmpaddr", "autojoin", "nodad")
"""What ip(8) shows of an address and takes back as the same word."""
FOREVER = 4294967295
SLACK = 3.0
"""Seconds by which a lease may end earlier than it was to: the kernel counts whole ones."""


def lasting(links):
    """Addresses that somebody set for good."""
    for link, each in _held(links):
        if _lasts(each):
            stale = each.get("deprecated") or each.get("preferred_life_time") == 0
            words = [*_words(link, each), *(["preferred_lft 0"] if stale else [])]
            yield [*_place(link, each), " ".join(words)]


def leases(links):
    """Addresses that end by themselves, or are deprecated at some time."""
    now = _now()
    for link, each in _held(links):
        if not _lasts(each):
            ends = [_end(each, name, now) for name in ("valid_life_time", "preferred_life_time")]
            yield [*_place(link, each), " ".join(_words(link, each)), *ends]


def order(links):
    """The IPv4 addresses of each interface in the kernel's order: the first that suits becomes the source."""
    found = {}
    for link, each in _held(links):
        if each["family"] == "inet":
            found.setdefault(link["ifname"], []).append(_place(link, each)[2])
    return {name: every for name, every in found.items() if len(every) > 1}


def missing(old, present):
    """Commands that bring back what is missing or has changed, each with its family."""
    here = {tuple(each[:3]): each for each in every(present)}
    for each in _in_order(old):
        place, now = tuple(each[:3]), _now()
        if place in here and _suits(each, here[place]):
            continue
        if len(each) > _LASTING and each[4] is not None and each[4] <= now:
            continue
        yield from _adding(each, now)


def too_much(old, present):
    """Commands that remove what was not there, each with its family; leases of others stay."""
    kept = [each[:3] for each in [*every(old), *present.get("leases", ())]]
    for link, family, address, *_rest in reversed(_in_order(present)):
        if [link, family, address] not in kept:
            yield family, f"addr del {address} dev {link}"


def reordered(old, present):
    """Commands that set addresses anew which stand in another order, with the routes that go with them."""
    told = {(each[0], each[2]): each for each in every(old) if each[1] == "-4"}
    now = _now()
    for place, order_then in old.get("order", {}).items():
        link = _link(place)
        wanted, here = _common(order_then, present.get("order", {}).get(link, []))
        first = next((number for number, pair in enumerate(zip(wanted, here)) if pair[0] != pair[1]), None)
        if first is None:
            continue
        yield from (("-4", f"addr del {address} dev {link}") for address in reversed(here[first:]))
        for address in wanted[first:]:
            yield from _adding(told[link, address], now)
        taken = {f" src {address.split('/')[0]} " for address in wanted[first:]}
        for family, route in old["routes"]:
            if family == "-4" and any(source in f"{route} " for source in taken):
                yield (
                    family,
                    "route {} {}".format("append" if _twins(old, family, route) else "replace", route),
                )


def routes_back(old, present):
    """Commands that bring missing routes back, each with its family.

    The kernel keeps IPv4 routes of one destination and metric beside each other where they were appended, as
    NetworkManager does for each address; to replace would keep the last one alone.
    """
    done = []
    for family, route in old["routes"]:
        if [family, route] in present["routes"] or [family, route] in done:
            continue
        if twins := _twins(old, family, route):
            done += [[family, each] for each in twins]
            yield from ((family, line) for line in _beside(twins, [each for _, each in present["routes"]]))
        else:
            yield family, f"route replace {route}"


def _beside(twins, present):
    """Lines that bring some of these routes back in their order: before the others, or after them."""
    first = (
        next(number for number, each in enumerate(twins) if each in present)
        if set(twins) & set(present)
        else 0
    )
    yield from (f"route prepend {each}" for each in reversed(twins[:first]))
    rest = twins[first:]
    gone = next((number for number, each in enumerate(rest) if each not in present), len(rest))
    yield from (f"route del {each}" for each in rest[gone:] if each in present)
    yield from (f"route append {each}" for each in rest[gone:])


def _twins(state, family, route):
    """The IPv4 routes of a state with the place of this one, which is among them; none where it is alone."""
    same = [
        each for other, each in state["routes"] if other == family and _place_of(each) == _place_of(route)
    ]
    return same if family == "-4" and len(same) > 1 else []


def _place_of(route):
    words = route.split()
    kinds = ("unicast", "unreachable", "prohibit", "blackhole", "throw", "nat")
    value = {word: words[number + 1] for number, word in enumerate(words[:-1])}
    return (
        words[1] if words[0] in kinds else words[0],
        *(value.get(each, "0") for each in ("table", "metric", "tos")),
    )


def differing(old, present):
    """Sentences for what stands in another order, or ends earlier, than before."""
    for place, order_then in old.get("order", {}).items():
        link = _link(place)
        wanted, here = _common(order_then, present.get("order", {}).get(link, []))
        if wanted != here:
            yield "the addresses of {} are in the order {}, were {}".format(
                link, ", ".join(here), ", ".join(wanted)
            )


def every(state):
    """The addresses of a state, those that last and those that end."""
    return [*state["addresses"], *state.get("leases", ())]


_LASTING = 4


def _held(links):
    for link in links:
        for each in link.get("addr_info", []):
            if not each.get("temporary") and link["ifname"] != "lo":
                yield link, each


def _lasts(each):
    forever = each.get("valid_life_time", FOREVER) == FOREVER
    return forever and each.get("preferred_life_time", FOREVER) in (0, FOREVER)


def _end(each, name, now):
    left = each.get(name, FOREVER)
    return None if left == FOREVER else round(now + left, 1)


def _place(link, each):
    family = "-4" if each["family"] == "inet" else "-6"
    own = each["local"] if each.get("address") else "{}/{}".format(each["local"], each["prefixlen"])
    return [link["ifname"], family, own]


def _words(link, each):
    words = ["peer", "{}/{}".format(each["address"], each["prefixlen"])] if each.get("address") else []
    words += ["scope", str(each["scope"])] if each["family"] == "inet" else []
    if each.get("broadcast"):
        words += ["broadcast", each["broadcast"]]
    if each.get("metric"):
        words += ["metric", str(each["metric"])]
    words += [flag for flag in FLAGS if each.get(flag)]
    if each.get("label", link["ifname"]) != link["ifname"]:
        words += ["label", each["label"]]
    return words


def _suits(old, present):
    """True where an address is as it was; a lease may have been renewed."""
    if old[:4] != present[:4] or (len(old) > _LASTING) != (len(present) > _LASTING):
        return False
    if len(old) == _LASTING:
        return True
    return all(_lasts_as_long(was, ends) for was, ends in zip(old[4:], present[4:]))


def _lasts_as_long(was, ends):
    if was is None or ends is None:
        return ends is None
    return ends >= was - SLACK or was <= _now()


def _adding(each, now):
    """Commands that set an address; the kernel checks none of IPv6 that was there before for duplicates."""
    link, family, address, words = each[:4]
    line = f"addr replace {address} dev {link} {words}"
    if len(each) > _LASTING:
        valid, preferred = (None if end is None else max(0, round(end - now)) for end in each[4:])
        line += f" valid_lft {'forever' if valid is None else max(1, valid)}"
        line += f" preferred_lft {'forever' if preferred is None else preferred}"
    elif "preferred_lft" not in words:
        line += " preferred_lft forever"
    if family == "-6" and "nodad" not in words.split():
        yield family, f"{line} nodad"
    yield family, line


def _in_order(state):
    """The addresses of a state as the kernel lists them: a primary takes its secondaries along."""
    ranks = {
        (_link(place), address): number
        for place, held in state.get("order", {}).items()
        for number, address in enumerate(held)
    }
    return sorted(every(state), key=lambda each: (each[0], each[1], ranks.get((each[0], each[2]), 0)))


def _common(wanted, here):
    """What both hold, each in its order."""
    return [each for each in wanted if each in here], [each for each in here if each in wanted]


def _link(place):
    """The interface of an order: states of an earlier version name the network behind it too."""
    return place.split(" ")[0]


def _now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)
