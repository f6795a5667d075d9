"""Tells which cluster it is that answers: what stands at an address may be another one than yesterday."""

from __future__ import annotations

from lightkube.resources.core_v1 import Namespace

from cmp.clouds.kubernetes.api import Api

_SPACE = "kube-system"


def identity_of(api: Api) -> str:
    """The id that a cluster has from its first moment to its last: that of its own namespace.

    Raises:
        TryLater: it does not answer.
    """
    found = api.ask("ask who it is", lambda client: client.get(Namespace, _SPACE))
    return str(found.metadata.uid) if found.metadata else ""
