"""Looks at all hosts of a network before it moves, and writes the readiness matrix; changes nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import Any

from cmp.errors import Refused
from cmp.model.base import Document, Id
from cmp.model.migration import Renumbered
from cmp.model.named_file import NamedFile
from cmp.model.network import NetworkHost, PrivateNetwork, Secrecy
from cmp.network.addresses.renumbering import old_gateway
from cmp.network.filters.atlas import Pair
from cmp.network.moving.readiness import Readiness, judge, not_looked_at, not_managed
from cmp.plays.runner import Hears, Host, play
from cmp.sentences import Sentence
from cmp.services.migrating.filtering import FilterReport, RuleTexts, judge_filters
from cmp.services.migrating.place import Place
from cmp.services.migrating.rendering import pages_of

PLAYBOOK = "extranet/10-assess.yml"
PAGE = "readiness.html"


class Matrix(Document):
    """The readiness of every host of a network, at a moment (ISO 8601)."""

    environment: str
    network: Id
    old: IPv4Network
    looked_at: str
    rows: tuple[Readiness, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many hosts are of each capability."""
        return Counter(str(row.capability) for row in self.rows)


def assess(
    environment: str,
    private: PrivateNetwork,
    hosts: tuple[NetworkHost, ...],
    place: Place,
    now: datetime,
    hears: Hears | None = None,
) -> tuple[Matrix, Mapping[str, Any]]:
    """The readiness matrix with the facts of each host that it was judged from.

    A host that cannot be reached is in the matrix as unknown, and so is one that the place refuses, with why.

    Raises:
        Refused: the network or a host of it is classified: nobody looks at it.
        TryLater: Ansible could not be started.
    """
    refuse_classified(private, hosts)
    managed = [host for host in hosts if host.kind.is_managed]
    outcome = play(
        PLAYBOOK,
        [_reached(host, place) for host in managed if host.name not in place.refused],
        {"extranet_prefixes": [str(private.ipv4)]},
        door=place.door,
        hears=hears,
    )
    trouble = {**outcome.trouble([host.name for host in managed]), **place.refused}
    facts = {name: result["assessment"] for name, result in outcome.results.items() if "assessment" in result}
    gateway = old_gateway(private, hosts)
    rows = tuple(_row(host, trouble, facts, private.ipv4, gateway) for host in hosts)
    matrix = Matrix(
        environment=environment,
        network=private.id,
        old=private.ipv4,
        looked_at=now.isoformat(timespec="seconds"),
        rows=rows,
    )
    return matrix, facts


def refuse_classified(private: PrivateNetwork, hosts: tuple[NetworkHost, ...]) -> None:
    """Refuse to look at what is classified.

    Raises:
        Refused: the network or a host of it is.
    """
    named = [private.id] if private.secrecy is Secrecy.STATE_SECRET else []
    named += [host.name for host in hosts if host.secrecy is Secrecy.STATE_SECRET]
    if named:
        raise Refused(
            Sentence(
                "{names}: classified; only non-classified networks and hosts move", names=", ".join(named)
            ),
            hint="leave what is classified out of network.yaml and its host lists",
        )


def filters_of(facts: Mapping[str, Any], addresses: Sequence[Renumbered]) -> Mapping[str, FilterReport]:
    """The present filters of each host that has some, in the zone policy's terms, and what they lack."""
    pairs = [
        Pair(ip_network(each.old), ip_network(each.ipv6.ip), leaving=True) for each in addresses if each.ipv6
    ]
    found = {}
    for host, told in sorted(facts.items()):
        texts = {name: text or "" for name, text in told["filters"].items()}
        report = judge_filters(
            RuleTexts(iptables=texts["iptables"], ip6tables=texts["ip6tables"], nft_json=texts["nftables"]),
            pairs,
        )
        if report.terms or report.untranslated:
            found[host] = report
    return found


def written(
    matrix: Matrix, facts: Mapping[str, Any], filters: Mapping[str, FilterReport]
) -> tuple[NamedFile, ...]:
    """The matrix for programs and for people, with the facts and filters that it was judged from."""
    document = matrix.model_dump(mode="json") | {"counts": dict(matrix.counts)}
    told = {host: report.model_dump(mode="json") for host, report in filters.items()}
    shown = {"matrix": matrix, "counts": matrix.counts, "filters": filters}
    return (
        NamedFile("facts.json", _json(facts)),
        NamedFile("filters.json", _json(told)),
        NamedFile("readiness.json", _json(document)),
        *pages_of("readiness", "Readiness matrix", shown),
    )


def _row(
    host: NetworkHost,
    trouble: Mapping[str, str],
    facts: Mapping[str, Any],
    old: IPv4Network,
    gateway: IPv4Address,
) -> Readiness:
    if not host.kind.is_managed:
        return not_managed(host)
    if host.name in trouble or host.name not in facts:
        return not_looked_at(host, trouble.get(host.name, "it told nothing"))
    return judge(host, facts[host.name], old, gateway)


def _reached(host: NetworkHost, place: Place) -> Host:
    address = host.ssh.address if host.ssh and host.ssh.address else host.addresses[0].ip
    return place.reach(host.name, host.ssh, address)


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
