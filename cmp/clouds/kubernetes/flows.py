"""Reads NetworkPolicies and Services as the flows they let in and out, in the words of security groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

ANY: Final = "any"
_EVERYBODY: Final = ("0.0.0.0/0", "::/0")
_FAMILIES: Final = {"IPv4": "ipv4", "IPv6": "ipv6"}


def rules_of(made: Any) -> Iterator[dict[str, Any]]:
    """The rules of a policy: direction, protocol, port and prefix; one without a peer lets everybody.

    What a cluster says by labels and not by prefixes keeps the label: `pods with app=web`.
    """
    kinds = made.spec.policyTypes or ("Ingress",)
    for direction, attribute, peers in (("ingress", "ingress", "from_"), ("egress", "egress", "to")):
        if direction.title() not in kinds:
            yield {"direction": direction, "protocol": ANY, "port": 0, "prefix": "unbound"}
            continue
        for rule in getattr(made.spec, attribute) or ():
            for protocol, port in _ports(rule.ports):
                for prefix in _peers(getattr(rule, peers)):
                    yield {"direction": direction, "protocol": protocol, "port": port, "prefix": prefix}


def _ports(listed: Any) -> Iterator[tuple[str, Any]]:
    if not listed:
        yield ANY, 0
        return
    for each in listed:
        last = f"-{each.endPort}" if each.endPort else ""
        port = f"{each.port}{last}" if last or isinstance(each.port, str) else each.port or 0
        yield str(each.protocol or "TCP").lower(), port


def _peers(listed: Any) -> Iterator[str]:
    if not listed:
        yield from _EVERYBODY
        return
    for peer in listed:
        if peer.ipBlock is not None:
            without = f" without {', '.join(peer.ipBlock.except_)}" if peer.ipBlock.except_ else ""
            yield f"{peer.ipBlock.cidr}{without}"
        else:
            yield f"pods {_chosen(peer.podSelector)} of namespaces {_chosen(peer.namespaceSelector)}"


def _chosen(selector: Any) -> str:
    if selector is None:
        return "here"
    wanted = dict(selector.matchLabels or {})
    terms = [f"{name}={value}" for name, value in sorted(wanted.items())]
    terms += [
        f"{each.key} {each.operator} {','.join(each.values or ())}"
        for each in selector.matchExpressions or ()
    ]
    return " and ".join(terms) or "all"


def endpoints(slices: Iterable[Any]) -> Mapping[tuple[str, str], Mapping[str, tuple[int, int]]]:
    """How many endpoints of each family are ready, and how many there are, by namespace and service."""
    found: defaultdict[tuple[str, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    for each in slices:
        service = (each.metadata.labels or {}).get("kubernetes.io/service-name", "")
        family = _FAMILIES.get(str(each.addressType), "")
        if not service or not family:
            continue
        key = (str(each.metadata.namespace), service)
        ready, total = found[key].get(family, (0, 0))
        states = [
            point.conditions is None or point.conditions.ready is not False for point in each.endpoints or ()
        ]
        found[key][family] = (ready + sum(states), total + len(states))
    return dict(found)
