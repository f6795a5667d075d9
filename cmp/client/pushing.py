"""Uploads environments as revisions, each made from one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cmp.client.bundling import bundled
from cmp.client.use_cases import Remote, folder_of
from cmp.model.references import EnvironmentRef

NONE: Final = "none"
"""What a pipeline names as the parent of the first revision."""


def push_revision(remote: Remote, ref: EnvironmentRef, parent: str | None = None) -> Mapping[str, Any]:
    """Upload an environment as its next revision.

    Args:
        remote: the service.
        ref: the environment.
        parent: the revision it was made from, as a pipeline knows it; None: the one last known here.

    Raises:
        Stale: the newest revision is another one.
        Invalid: anything in it is wrong.
    """
    bundle = bundled(folder_of(ref))
    if parent is not None:
        remote.memory.push(bundle.name, "" if parent == NONE else parent)
    return remote.push(bundle)
