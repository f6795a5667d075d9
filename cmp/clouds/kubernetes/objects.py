"""Reads one object of a cluster by its name; what is made, changed and deleted is the official provider's."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from lightkube import Client
from lightkube.core.exceptions import ApiError
from lightkube.resources import (
    apps_v1,
    autoscaling_v2,
    core_v1,
    networking_v1,
    policy_v1,
    scheduling_v1,
)

from cmp.clouds.base import FoundResource, Mark, Wish
from cmp.clouds.kubernetes.api import Api
from cmp.errors import Invalid
from cmp.sentences import Sentence

KINDS: Final[Mapping[str, type[Any]]] = {
    "core/v1:Namespace": core_v1.Namespace,
    "core/v1:ResourceQuota": core_v1.ResourceQuota,
    "core/v1:ConfigMap": core_v1.ConfigMap,
    "core/v1:Secret": core_v1.Secret,
    "core/v1:Service": core_v1.Service,
    "apps/v1:Deployment": apps_v1.Deployment,
    "apps/v1:StatefulSet": apps_v1.StatefulSet,
    "scheduling.k8s.io/v1:PriorityClass": scheduling_v1.PriorityClass,
    "networking.k8s.io/v1:NetworkPolicy": networking_v1.NetworkPolicy,
    "networking.k8s.io/v1:Ingress": networking_v1.Ingress,
    "policy/v1:PodDisruptionBudget": policy_v1.PodDisruptionBudget,
    "autoscaling/v2:HorizontalPodAutoscaler": autoscaling_v2.HorizontalPodAutoscaler,
}
"""The kinds that stacks make, as the provider calls them."""


class Objects:
    """One kind of object in a cluster; a `ref` is its name, after its namespace if it has one."""

    def __init__(self, api: Api, kind: str) -> None:
        if kind not in KINDS:
            raise Invalid(
                Sentence(
                    "cloud {cloud}: {kind} is no kind of object that stacks make", cloud=api.cloud, kind=kind
                )
            )
        self._api = api
        self._kind = kind

    def find(self, mark: Mark) -> FoundResource | None:
        """Refuse: objects are found by their names.

        Raises:
            Invalid: always.
        """
        raise self._not_ours(f"find {mark.key}")

    def create(self, wish: Wish, mark: Mark) -> FoundResource:  # noqa: ARG002 - the port's own
        """Refuse: the official provider makes objects.

        Raises:
            Invalid: always.
        """
        raise self._not_ours("create")

    def read(self, ref: str) -> FoundResource | None:
        """The object as it is; None when there is none.

        Raises:
            TryLater: the cluster does not answer.
            Refused: the account may not read it.
        """
        space, _, name = ref.rpartition("/")

        def get(client: Client) -> dict[str, Any] | None:
            try:
                found = client.get(KINDS[self._kind], name, namespace=space or None)
            except ApiError as error:
                if error.status.code == HTTPStatus.NOT_FOUND:
                    return None
                raise
            return dict(found.to_dict())

        state = self._api.ask(f"read {self._kind} {ref}", get)
        return FoundResource(ref, state) if state is not None else None

    def update(self, ref: str, wish: Wish, changed: frozenset[str], mark: Mark) -> FoundResource:  # noqa: ARG002
        """Refuse: the official provider changes objects.

        Raises:
            Invalid: always.
        """
        raise self._not_ours(f"update {ref}")

    def delete(self, ref: str) -> None:
        """Refuse: the official provider deletes objects.

        Raises:
            Invalid: always.
        """
        raise self._not_ours(f"delete {ref}")

    def _not_ours(self, verb: str) -> Invalid:
        return Invalid(
            Sentence(
                "cloud {cloud}: {verb} {kind} is done by the official provider for Kubernetes",
                cloud=self._api.cloud,
                verb=verb,
                kind=self._kind,
            )
        )
