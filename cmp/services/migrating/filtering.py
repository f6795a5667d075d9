"""Tells what the filters of a network are worth: in our terms, without twins, without use, out of reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cmp.errors import Invalid
from cmp.model.base import Document
from cmp.network.filters.atlas import Pair
from cmp.network.filters.icmp import Blocked, blocked
from cmp.network.filters.reading.listed import read_listed
from cmp.network.filters.reading.rules import Reading, Untranslated, joined
from cmp.network.filters.reading.saved import read_saved
from cmp.network.filters.reading.waste import shadowed, unused
from cmp.network.filters.terms import Address, Endpoint, Packet, Policy, Term, Verdict
from cmp.network.filters.twins import compare_families

_SHOWN = 80
"""Characters of a text that is no listing, which are told."""


class TermView(Document):
    """A term as people and programs read it; `packets` is None where nothing counted them."""

    policy: str
    text: str
    purpose: str
    origin: str
    families: tuple[int, ...]
    packets: int | None


class Stranger(Document):
    """A rule that our terms cannot say, with its line (or handle) and every reason."""

    text: str
    line: int
    why: str


class Remark(Document):
    """What is wrong with a term: why, and the flow or term that shows it; `is_sure` is False for a guess."""

    policy: str
    term: str
    origin: str
    why: str
    shown_by: str = ""
    is_sure: bool = True


class FilterReport(Document):
    """What was read, and what should be done about it before a network moves."""

    terms: tuple[TermView, ...]
    untranslated: tuple[Stranger, ...]
    without_twin: tuple[Remark, ...]
    tried_in_part: tuple[str, ...]
    unused: tuple[Remark, ...]
    shadowed: tuple[Remark, ...]
    blocked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleTexts:
    """What `iptables-save -c`, `ip6tables-save -c` and `nft -j list ruleset` printed; empty where not asked.

    `interfaces` says what lives behind each interface. `counted_seconds` is how long the counters have run
    (the uptime at most), None where nobody knows. `flows` are first packets out of flow logs. `probes` are
    two IPv6 addresses, source and target, between which the messages that must pass are tried.
    """

    iptables: str = ""
    ip6tables: str = ""
    nft_json: str = ""
    interfaces: Mapping[str, Endpoint] = field(default_factory=dict)
    counted_seconds: float | None = None
    flows: Sequence[Packet] = ()
    probes: tuple[Address, Address] | None = None


def judge_filters(texts: RuleTexts, pairs: Iterable[Pair]) -> FilterReport:
    """Read a router's or host's filters and say what is missing in them, and what is too much.

    What cannot be read is told in the report, with its line.

    `pairs` say which IPv4 and IPv6 addresses are the same hosts (`zones.pairs` makes them from a plan).
    """
    readings = _readings(texts)
    policies = _policies(readings)
    known = tuple(pairs)
    twins = {name: compare_families(policy, known) for name, policy in policies.items()}
    return FilterReport(
        terms=tuple(_view(name, term) for name, policy in policies.items() for term in policy.terms),
        untranslated=tuple(_stranger(each) for reading in readings.values() for each in reading.untranslated),
        without_twin=tuple(
            _remark(name, each.term, each.why, each.flow)
            for name, found in twins.items()
            for each in found.missing
        ),
        tried_in_part=tuple(str(term) for found in twins.values() for term in found.partly),
        unused=tuple(
            _remark(name, each.term, each.why, is_sure=each.is_sure)
            for name, policy in policies.items()
            for each in unused(policy, texts.counted_seconds, texts.flows)
        ),
        shadowed=tuple(
            _remark(name, each.term, _why_shadowed(contradicts=each.contradicts), str(each.by))
            for name, policy in policies.items()
            for each in shadowed(policy)
        ),
        blocked=tuple(_blocked(policies, texts.probes)),
    )


def _readings(texts: RuleTexts) -> dict[str, Reading]:
    found = {}
    if texts.iptables:
        found["iptables"] = _read(lambda: read_saved(texts.iptables, 4, texts.interfaces), texts.iptables)
    if texts.ip6tables:
        found["ip6tables"] = _read(lambda: read_saved(texts.ip6tables, 6, texts.interfaces), texts.ip6tables)
    if texts.nft_json:
        found["nft"] = _read(lambda: read_listed(texts.nft_json, texts.interfaces), texts.nft_json)
    return found


def _read(reader: Callable[[], Reading], text: str) -> Reading:
    """What was read; a text that is no listing at all is told as one line that was not."""
    try:
        return reader()
    except Invalid as refusal:
        return Reading(
            {}, (Untranslated(text[:_SHOWN].partition("\n")[0], 1, f"nothing is read: {refusal}"),)
        )


def _policies(readings: Mapping[str, Reading]) -> dict[str, Policy]:
    """The policies by name; the same chain of the two families is one policy, an absent one lets all pass."""
    found = dict(readings["nft"].policies) if "nft" in readings else {}
    ipv4 = readings["iptables"].policies if "iptables" in readings else {}
    ipv6 = readings["ip6tables"].policies if "ip6tables" in readings else {}
    for name in (*ipv4, *(name for name in ipv6 if name not in ipv4)):
        found[name] = joined(ipv4.get(name, _open(name)), ipv6.get(name, _open(name)))
    return found


def _open(name: str) -> Policy:
    return Policy(name, (), Verdict.ACCEPT)


def _view(name: str, term: Term) -> TermView:
    return TermView(
        policy=name,
        text=str(term),
        purpose=term.purpose,
        origin=term.origin,
        families=term.families,
        packets=term.packets,
    )


def _stranger(each: Untranslated) -> Stranger:
    return Stranger(text=each.text, line=each.line, why=each.why)


def _remark(name: str, term: Term, why: str, shown_by: str = "", *, is_sure: bool = True) -> Remark:
    return Remark(
        policy=name, term=str(term), origin=term.origin, why=why, shown_by=shown_by, is_sure=is_sure
    )


def _why_shadowed(*, contradicts: bool) -> str:
    return "an earlier rule says the opposite" if contradicts else "an earlier rule says the same"


def _blocked(policies: Mapping[str, Policy], probes: tuple[Address, Address] | None) -> Iterable[str]:
    """Messages that must pass and do not, in the chains that packets in transit go through."""
    if probes is None:
        return
    for name, policy in policies.items():
        if name.rpartition(" ")[2].lower() == "forward":
            yield from (f"{name}: {_said(each)}" for each in blocked(policy, *probes))


def _said(each: Blocked) -> str:
    code = "" if each.message.code is None else f" code {each.message.code}"
    return f"ICMPv6 type {each.message.type}{code} is not let through ({each.basis})"
