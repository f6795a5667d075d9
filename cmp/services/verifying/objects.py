"""Compares what a Plan wants in clusters with what they list: sets, their pods, Services, policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final

from cmp.clouds.base import Resource
from cmp.model.container_networks import ClusterRanges, Pair, cluster_ranges, own_zone
from cmp.model.estate import CloudKind
from cmp.model.plan import Plan
from cmp.services.verifying.differences import Consequence, Difference
from stacks.objects.cluster_rows import ClusterRow, rows_of
from stacks.objects.containers import containers
from stacks.objects.manifest import LISTED, Kind, Manifest
from stacks.objects.platform import platform
from stacks.programs.rows import NOTHING, clusters_of

PROMISES: Final = 3
"""From this recovery grade on what does not run breaks a promise."""

Found = Mapping[tuple[str, str, str], Resource]
"""Resources by cloud, kind and name."""

Fact = tuple[str, str, str, Consequence, bool]
"""Field, declared, real, what a difference breaks, and whether it may pass by itself."""


def compare_objects(
    plan: Plan, resources: tuple[Resource, ...], left_out: frozenset[CloudKind] = NOTHING
) -> Iterator[Difference]:
    """Every difference between a Plan and the objects that its clusters list."""
    found = {(each.cloud, each.kind, each.name): each for each in resources}
    for cloud in clusters_of(plan, left_out):
        yield from _nodes(plan, cloud, resources)
        rows = {row_path(row): row for row in rows_of(plan, cloud)}
        for wanted in (*platform(plan, cloud), *containers(plan, cloud, str)):
            if wanted.kind in LISTED:
                yield from _one(plan, cloud, wanted, found, rows)


def row_path(row: ClusterRow) -> str:
    """The name of a row's set as a listing has it."""
    return f"{row.namespace}/{row.name}"


def _one(
    plan: Plan, cloud: str, wanted: Manifest, found: Found, rows: Mapping[str, ClusterRow]
) -> Iterator[Difference]:
    kind = LISTED[wanted.kind]
    real = found.get((cloud, kind, wanted.path))
    row = rows.get(wanted.path)
    breaks = Consequence.RECOVERY if row and _grade(row) >= PROMISES else Consequence.SERVICE
    if real is None or real.tags.get("environment") != plan.environment.name:
        there = "missing" if real is None else "there, and not ours"
        yield Difference(cloud, kind, wanted.path, "presence", "there", there, breaks)
        return
    for name, declared, observed, harm, passing in _facts(plan, wanted, real, row, breaks):
        if declared != observed:
            yield Difference(cloud, kind, wanted.path, name, declared, observed, harm, passing)


def _facts(
    plan: Plan, wanted: Manifest, real: Resource, row: ClusterRow | None, breaks: Consequence
) -> Iterator[Fact]:
    yield "plan", plan.hash, real.tags.get("plan", "-"), Consequence.HARMLESS, False
    yield "edited by", "nobody else", _editors(real, wanted.left), Consequence.HARMLESS, False
    ranges = _ranges(plan, real.cloud)
    if row is not None and wanted.kind in {Kind.DEPLOYMENT, Kind.STATEFUL_SET}:
        yield from _of_set(row, real, breaks, ranges)
    if ranges and wanted.kind is Kind.SERVICE and not real.facts.get("headless", True):
        yield from _addressed("address", real.facts.get("addresses", ()), ranges.services, breaks)
    judge = _JUDGES.get(wanted.kind)
    if judge is not None:
        yield from judge(wanted, real)


def _ranges(plan: Plan, cloud: str) -> ClusterRanges | None:
    """What the Plan gives to a cluster; None in Plans of before clusters had networks of their own."""
    estate = plan.environment.estate.cloud[cloud]
    zone = own_zone(estate, plan.environment.network, "")
    found = (each for each in plan.networks if (each.cloud, each.zone) == (cloud, zone))
    network = next(found, None)
    return cluster_ranges(network) if network else None


def _nodes(plan: Plan, cloud: str, resources: Sequence[Resource]) -> Iterator[Difference]:
    """Nodes of the pools whose addresses are not those that rules count with."""
    ranges = _ranges(plan, cloud)
    pools = {pool.id for pool in plan.environment.estate.pools if pool.cloud == cloud}
    for node in resources:
        if ranges and node.cloud == cloud and node.kind == "node" and node.facts.get("pool") in pools:
            told = _addressed("address", node.facts.get("addresses", ()), ranges.nodes, Consequence.SERVICE)
            for name, declared, observed, harm, passing in told:
                if declared != observed:
                    yield Difference(cloud, "node", node.name, name, declared, observed, harm, passing)


def _addressed(name: str, addresses: Iterable[str], wanted: Pair, harm: Consequence) -> Iterator[Fact]:
    """An address in either family, out of the range that the Plan gives and rules name."""
    for prefix in wanted:
        said = f"in {prefix}"
        mine = [each for each in map(ip_address, addresses) if each.version == prefix.version]
        there = said if mine and all(each in prefix for each in mine) else ", ".join(map(str, mine)) or "none"
        yield f"{name} ipv{prefix.version}", said, there, harm, True


def _of_set(
    row: ClusterRow, real: Resource, breaks: Consequence, ranges: ClusterRanges | None
) -> Iterator[Fact]:
    """How many replicas run, where and with which addresses; what keeps the others in the cluster's words."""
    facts = real.facts
    wanted, ready = int(facts.get("wanted", 0)), int(facts.get("ready", 0))
    least, most = row.row.replicas, row.most
    bounds = str(least) if least == most else f"{least}-{most}"
    scaling = row.scales and wanted < least  # the autoscaler has not come round yet
    yield "replicas", bounds, bounds if least <= wanted <= most else str(wanted), breaks, scaling
    yield "refused", "-", str(facts.get("refused") or "-"), breaks, True
    yield "ready", f"{wanted} of {wanted}", _ready(facts, wanted, ready), breaks, True
    for name, pod in sorted(facts.get("pods", {}).items()):
        if not pod["running"]:
            continue
        yield f"{name} pool", row.row.pool, str(pod["pool"]), breaks, False
        yield f"{name} instruction set", str(row.row.isa), str(pod["isa"]), breaks, False
        if ranges:
            yield from _addressed(name, (*pod["ipv4"], *pod["ipv6"]), ranges.pods, breaks)


def _ready(facts: Mapping[str, Any], wanted: int, ready: int) -> str:
    needs = "; ".join(dict.fromkeys(facts.get("needs", {}).values()))
    state = "" if facts.get("running") or ready < wanted else "an older revision is not gone yet"
    told = ", ".join(filter(None, (needs, state)))
    return f"{ready} of {wanted}" + (f": {told}" if told and (ready < wanted or state) else "")


def _service(wanted: Manifest, real: Resource) -> Iterator[Fact]:
    """Endpoints are counted a family: a Service that looks dual-stack may lead to one of them only."""
    ports = {(each["protocol"].lower(), each["port"]) for each in wanted.body["spec"].get("ports", ())}
    there = set(real.facts.get("ports", ()))
    yield "ports", _told(ports), _told(there), Consequence.SERVICE, False
    for family in ("ipv4", "ipv6"):
        ready, total = real.facts.get("endpoints", {}).get(family, (0, 0))
        served = "some, all ready"
        real_text = served if total and ready == total else f"{ready} of {total} ready"
        if ports:
            yield f"endpoints {family}", served, real_text, Consequence.SERVICE, True


def _policy(wanted: Manifest, real: Resource) -> Iterator[Fact]:
    declared = frozenset(_rules(wanted))
    there = frozenset(
        (str(each["direction"]), str(each["protocol"]), str(each["port"]), str(each["prefix"]))
        for each in real.facts.get("rules", ())
    )
    for rule in sorted(declared - there):
        yield "rule", " ".join(rule), "missing", Consequence.SERVICE, False
    for rule in sorted(there - declared):
        yield "rule", "-", " ".join(rule), Consequence.SECURITY, False


def _rules(wanted: Manifest) -> Iterator[tuple[str, str, str, str]]:
    spec = wanted.body["spec"]
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(direction, ()):
            for port in rule["ports"]:
                for peer in rule[side]:
                    yield direction, port["protocol"].lower(), str(port["port"]), _peer(peer)


def _peer(peer: Mapping[str, Any]) -> str:
    if "ipBlock" in peer:
        return str(peer["ipBlock"]["cidr"])
    pods, spaces = (_chosen(peer.get(name)) for name in ("podSelector", "namespaceSelector"))
    return f"pods {pods} of namespaces {spaces}"


def _chosen(selector: Mapping[str, Any] | None) -> str:
    if selector is None:
        return "here"
    return " and ".join(f"{name}={value}" for name, value in sorted(selector["matchLabels"].items())) or "all"


def _ingress(wanted: Manifest, real: Resource) -> Iterator[Fact]:
    """Names and what they lead to; an entrance that has not said where it answers serves none of them."""
    spec = wanted.body["spec"]
    declared = [
        f"{rule['host']}{each['path']} to {each['backend']['service']['name']}:"
        f"{each['backend']['service']['port']['name']}"
        for rule in spec["rules"]
        for each in rule["http"]["paths"]
    ]
    there = real.facts.get("names", ())
    yield "names", ", ".join(sorted(declared)), ", ".join(sorted(there)), Consequence.SERVICE, False
    served = "an address"
    answers = served if real.facts.get("addresses") else "none: no entrance has taken it up"
    yield "entrance", served, answers, Consequence.SERVICE, True
    yield (
        "class",
        spec["ingressClassName"],
        str(real.facts.get("class") or "-"),
        Consequence.SERVICE,
        False,
    )


def _autoscaler(wanted: Manifest, real: Resource) -> Iterator[Fact]:
    spec = wanted.body["spec"]
    declared = f"{spec['minReplicas']}-{spec['maxReplicas']}"
    there = f"{real.facts.get('least')}-{real.facts.get('most')}"
    yield "bounds", declared, there, Consequence.SERVICE, False


def _editors(real: Resource, left: Sequence[str]) -> str:
    """Who else set fields, and which; what is left to others is theirs to set."""
    strangers = []
    for told in real.facts.get("edited_by") or ():
        who, _, fields = str(told).partition(": ")
        theirs = [field for field in fields.split(", ") if field not in left]
        strangers += [f"{who}: {', '.join(theirs)}"] if theirs else []
    return "; ".join(strangers) or "nobody else"


def _told(ports: set[Any]) -> str:
    return ", ".join(f"{protocol}/{port}" for protocol, port in sorted(ports)) or "none"


def _grade(row: ClusterRow) -> int:
    return row.workload.recovery.grade


_JUDGES: Final[Mapping[Kind, Callable[[Manifest, Resource], Iterator[Fact]]]] = {
    Kind.SERVICE: _service,
    Kind.NETWORK_POLICY: _policy,
    Kind.INGRESS: _ingress,
    Kind.AUTOSCALER: _autoscaler,
}
"""What is judged of each kind besides its presence."""
