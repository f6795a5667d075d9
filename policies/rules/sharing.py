"""Judges what a cloud lets zones share: addresses by which nobody outside can tell them apart."""

from __future__ import annotations

from collections.abc import Iterator

from cmp.model.container_networks import mixed_zones
from cmp.model.estate import Cloud
from cmp.model.network import Network
from cmp.sentences import Sentence


def zones_are_told_apart(cloud: Cloud, network: Network) -> Iterator[Sentence]:
    """A cluster that serves an isolated zone serves no other: to the rest of the world both would be one."""
    if zones := mixed_zones(cloud, network):
        yield Sentence(
            "outside of `{id}` its zones {names} cannot be told apart: containers share their addresses",
            id=cloud.id,
            names=", ".join(zones),
        )
