"""Remembers which cluster it was that each cloud's address led to, so that another one there is noticed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cmp.errors import Invalid
from cmp.sentences import Sentence
from cmp.store.files import read_if_there, write_atomically


def known(path: Path) -> Mapping[str, str]:
    """The identity of every cluster that was worked on, by cloud; none at first.

    Raises:
        Invalid: the file is not one that we wrote.
    """
    content = read_if_there(path, "the identities of clusters")
    if content is None:
        return {}
    try:
        found = json.loads(content)
    except ValueError as error:
        raise Invalid(Sentence("{path} does not hold identities of clusters", path=path)) from error
    return {str(cloud): str(identity) for cloud, identity in dict(found).items()}


def remember(path: Path, identities: Mapping[str, str]) -> None:
    """Keep identities, besides those that are known.

    Raises:
        Invalid: the file is not one that we wrote.
        TryLater: it cannot be written.
    """
    before = known(path)
    after = dict(before) | dict(identities)
    if after != before:
        write_atomically(path, json.dumps(after, indent=1, sort_keys=True).encode() + b"\n")


def forget(path: Path, clouds: frozenset[str]) -> None:
    """Forget clusters of which nothing is held any more."""
    left = {cloud: identity for cloud, identity in known(path).items() if cloud not in clouds}
    write_atomically(path, json.dumps(left, indent=1, sort_keys=True).encode() + b"\n")
