"""Holds one object as a cluster is asked for it: what it is called, what it is, and what marks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

Body = Mapping[str, Any]
"""All but the metadata, in Kubernetes' own words."""


class Kind(StrEnum):
    """The kinds of objects that stacks make, as the engine's provider calls them."""

    NAMESPACE = "core/v1:Namespace"
    RESOURCE_QUOTA = "core/v1:ResourceQuota"
    CONFIG_MAP = "core/v1:ConfigMap"
    SECRET = "core/v1:Secret"  # noqa: S105 - the name of a kind
    SERVICE = "core/v1:Service"
    DEPLOYMENT = "apps/v1:Deployment"
    STATEFUL_SET = "apps/v1:StatefulSet"
    PRIORITY_CLASS = "scheduling.k8s.io/v1:PriorityClass"
    NETWORK_POLICY = "networking.k8s.io/v1:NetworkPolicy"
    INGRESS = "networking.k8s.io/v1:Ingress"
    DISRUPTION_BUDGET = "policy/v1:PodDisruptionBudget"
    AUTOSCALER = "autoscaling/v2:HorizontalPodAutoscaler"

    @property
    def type(self) -> str:
        """The type of the engine's resource."""
        return f"kubernetes:{self}"

    @property
    def short(self) -> str:
        """Its last word: `Deployment`."""
        return self.rpartition(":")[2]


LISTED: Final[Mapping[Kind, str]] = {
    Kind.NAMESPACE: "namespace",
    Kind.RESOURCE_QUOTA: "resource_quota",
    Kind.CONFIG_MAP: "config_map",
    Kind.SERVICE: "service",
    Kind.DEPLOYMENT: "deployment",
    Kind.STATEFUL_SET: "stateful_set",
    Kind.AUTOSCALER: "autoscaler",
    Kind.NETWORK_POLICY: "network_policy",
    Kind.INGRESS: "ingress",
    Kind.DISRUPTION_BUDGET: "disruption_budget",
    Kind.PRIORITY_CLASS: "priority_class",
}
"""What each kind of object is called in a listing; Secrets are in none, since nobody needs to read them."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object; `namespace` is empty for what a whole cluster has.

    `tags` are what it is marked with. `steering` are annotations that the engine's provider obeys, and
    `labels` those that the object has besides its identity. `after` are the objects it needs before it.
    `left` are fields that are given at first and then left to others.
    """

    kind: Kind
    name: str
    namespace: str = ""
    body: Body = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    steering: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Its name in the engine: with its namespace, unique among its kind in a cluster."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def key(self) -> str:
        """What others name it by in `after`."""
        return f"{self.kind}::{self.path}"
