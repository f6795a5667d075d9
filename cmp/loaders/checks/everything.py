"""Runs every check whose documents could be read."""

from __future__ import annotations

from collections.abc import Iterator

from cmp.loaders.checks.clouds import (
    LAB,
    check_bindings,
    check_clusters,
    check_mode,
    check_overcommit,
    check_zones,
)
from cmp.loaders.checks.components import Nameable, check_components
from cmp.loaders.checks.estate import check_estate
from cmp.loaders.checks.facts import check_facts
from cmp.loaders.checks.hosts import check_hosts
from cmp.loaders.checks.magnitudes import check_magnitudes
from cmp.loaders.checks.neighbours import check_neighbours, check_owners
from cmp.loaders.checks.network import check_network, check_served
from cmp.loaders.checks.policy import check_calendars, check_policy, check_waivers
from cmp.loaders.checks.selection import check_selection
from cmp.loaders.checks.sides import check_sides
from cmp.loaders.checks.sizes import check_sizes
from cmp.loaders.checks.spreads import check_spreads
from cmp.loaders.checks.workloads import Peers, check_workloads
from cmp.loaders.checks.yields import check_yields
from cmp.loaders.documents import Documents
from cmp.model.finding import Finding
from cmp.model.recovery import RecoveryFramework
from cmp.network.addresses.lint import lint_plan, lint_room
from cmp.network.addresses.rules.everything import lint_environment


def check(documents: Documents, recovery: RecoveryFramework | None) -> Iterator[Finding]:
    """All findings on an environment; a document that is missing or wrong is left out with what needs it."""
    if documents.header:
        yield from check_mode(documents.header)
        yield from check_selection(
            documents.header,
            documents.every,
            complete=documents.workloads is not None,
            hidden=documents.hidden.get("workloads", ""),
        )
    yield from check_calendars(documents.calendars or ())
    yield from check_facts(documents)
    yield from _estate_and_network(documents)
    yield from _workloads(documents, recovery)
    yield from _policy(documents)
    yield from _magnitudes(documents)


def _estate_and_network(documents: Documents) -> Iterator[Finding]:
    estate, network = documents.estate, documents.network
    if estate:
        yield from check_estate(estate)
        yield from check_bindings(estate)
        yield from check_overcommit(estate)
        yield from check_clusters(estate)
    if network:
        yield from check_network(network)
        yield from lint_plan(network)
        production = documents.header is not None and documents.header.bindings != LAB
        yield from lint_environment(network, documents.hosts, production=production)
        for private in network.private_networks:
            if private.id in documents.hosts:
                yield from check_hosts(private, documents.hosts[private.id])
    if estate and network:
        yield from check_served(network, estate)
        yield from lint_room(network, estate)
        yield from check_zones(estate, network, documents.policy)


def _workloads(documents: Documents, recovery: RecoveryFramework | None) -> Iterator[Finding]:
    if documents.workloads is None:
        return
    left_out = {workload.id for workload in documents.every} - {
        workload.id for workload in documents.workloads
    }
    peers = Peers(documents.workloads, frozenset(left_out))
    yield from check_workloads(peers, documents.network, recovery)
    yield from check_yields(documents.workloads)
    yield from check_neighbours(peers)
    if documents.estate is not None:
        yield from check_owners(documents.estate, documents.every, documents.hidden.get("workloads", ""))
    if documents.estate is None or documents.network is None:
        return
    names = documents.calendars
    calendars = None if names is None else frozenset(calendar.id for calendar in names)
    around = Nameable(documents.estate, documents.network, calendars, recovery)
    for index, workload in enumerate(documents.workloads):
        yield from check_components(index, workload, around)
        yield from check_sizes(index, workload, documents.estate)
        yield from check_sides(index, workload, documents.estate, recovery)
        yield from check_spreads(index, workload, documents.estate)


def _magnitudes(documents: Documents) -> Iterator[Finding]:
    if documents.estate is not None and documents.workloads is not None:
        yield from check_magnitudes(documents.estate, documents.policy, documents.workloads)


def _policy(documents: Documents) -> Iterator[Finding]:
    estate, network, policy = documents.estate, documents.network, documents.policy
    if policy is None or estate is None or documents.workloads is None:
        return
    yield from check_policy(policy, estate, documents.every, documents.hidden.get("workloads", ""))
    if network is not None and len(documents.hosts) == len(network.private_networks):
        yield from check_waivers(policy, _resources(documents))


def _resources(documents: Documents) -> frozenset[str]:
    """Every name that a waiver may be for."""
    estate, network = documents.estate, documents.network
    names = {workload.id for workload in documents.every}
    names |= {f"{workload.id}/{part.id}" for workload in documents.every for part in workload.components}
    names |= {host.name for hosts in documents.hosts.values() for host in hosts.hosts}
    if estate:
        names |= estate.center.keys() | estate.cloud.keys() | estate.pool.keys()
    if network:
        names |= {private.id for private in network.private_networks} | {zone.id for zone in network.zones}
    return frozenset(names)
