"""Offers a Kubernetes cluster: what is there and who it is; the official provider makes what is made."""

from __future__ import annotations

from cmp.clouds.base import Noun, Resource
from cmp.clouds.binding import Binding
from cmp.clouds.kubernetes.api import Api
from cmp.clouds.kubernetes.identity import identity_of
from cmp.clouds.kubernetes.listing import list_all
from cmp.clouds.kubernetes.objects import Objects


class KubernetesCloud:
    """One cluster, as one account sees it; `api` is what answers, where that is not the cluster itself."""

    def __init__(self, binding: Binding, api: Api | None = None) -> None:
        self._api = api or Api(binding)

    @property
    def id(self) -> str:
        """The cloud's id in the estate."""
        return self._api.cloud

    @property
    def hosts(self) -> None:
        """Its nodes place pods by themselves: nobody moves one from here."""
        return

    @property
    def identity(self) -> str:
        """Which cluster it is, for as long as it lives.

        Raises:
            TryLater: it does not answer.
        """
        return identity_of(self._api)

    def ready(self) -> None:
        """Make sure that it answers and is ready: the provider takes a lost cluster for an unchanged one.

        Raises:
            TryLater: it does not answer, or is not ready.
            Refused: it does not accept the credentials.
        """
        self._api.is_ready()

    def noun(self, name: str) -> Noun:
        """Reading of one kind of object, as the official provider calls it.

        Raises:
            Invalid: stacks make no objects of this kind.
        """
        return Objects(self._api, name)

    def list(self) -> tuple[Resource, ...]:
        """Everything that stacks make, and every pod and node, ours or not."""
        return list_all(self._api)
