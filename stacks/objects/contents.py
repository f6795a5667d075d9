"""Keeps what containers are given: settings and secrets, each content under a name of its own.

A pod of an older revision that starts again finds what it began with: nothing is changed in place. Names hold
a digest; that of secrets is slow to compute, so that nobody who sees the name can try out what is in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stacks.objects import naming, tagging
from stacks.objects.cluster_rows import ClusterRow
from stacks.objects.manifest import Body, Kind, Manifest

Reveal = Callable[[str], str]
"""The value of a secret by its reference; raises what `cmp.errors` draws where there is none."""

DIGITS: Final = 12
_COST: Final = {"n": 2**14, "r": 8, "p": 1, "dklen": 16}


@dataclass(frozen=True, slots=True)
class Content:
    """What the pods of a component are given: objects, how they are found, and a digest of it all."""

    objects: tuple[Manifest, ...] = ()
    sources: tuple[Body, ...] = ()
    pulling: tuple[str, ...] = ()
    digest: str = ""


def content_of(row: ClusterRow, reveal: Reveal) -> Content:
    """The settings, secrets and registry passwords of a component in a cluster.

    Raises:
        CmpError: a secret cannot be had.
    """
    component = row.component
    config = _config(row, component.config) if component.config else None
    secret = _secret(row, {name: reveal(ref) for name, ref in component.secrets.items()})
    pulling = tuple(_pulling(row, reference, reveal(reference)) for reference in component.pull_secrets)
    sources = [{"configMapRef": {"name": config.name}}] if config else []
    sources += [{"secretRef": {"name": secret.name}}] if secret else []
    objects = tuple(each for each in (config, secret, *pulling) if each)
    digest = _plain_digest({"names": [each.name for each in objects]}) if objects else ""
    return Content(objects, tuple(sources), tuple(each.name for each in pulling), digest)


def _config(row: ClusterRow, values: Mapping[str, str]) -> Manifest:
    name = naming.holder(row.component.id, "config", _plain_digest(values))
    body = {"data": dict(values), "immutable": True}
    return _object(Kind.CONFIG_MAP, name, row, body)


def _secret(row: ClusterRow, values: Mapping[str, str]) -> Manifest | None:
    if not values:
        return None
    name = naming.holder(row.component.id, "secret", _slow_digest(row, values))
    return _object(Kind.SECRET, name, row, {"stringData": dict(values), "immutable": True})


def _pulling(row: ClusterRow, reference: str, value: str) -> Manifest:
    """What a registry asks for, in the form of `docker login`: the secret itself is that text."""
    name = naming.holder(row.component.id, "registry", _slow_digest(row, {reference: value}))
    body = {
        "type": "kubernetes.io/dockerconfigjson",
        "stringData": {".dockerconfigjson": value},
        "immutable": True,
    }
    return _object(Kind.SECRET, name, row, body)


def _object(kind: Kind, name: str, row: ClusterRow, body: Mapping[str, Any]) -> Manifest:
    return Manifest(kind, name, row.namespace, body=body, tags=tagging.of_component(row))


def _plain_digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(values)).hexdigest()[:DIGITS]


def _slow_digest(row: ClusterRow, values: Mapping[str, str]) -> str:
    salt = f"{row.namespace}/{row.component.id}".encode()
    return hashlib.scrypt(_canonical(values), salt=salt, **_COST).hex()[:DIGITS]


def _canonical(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, sort_keys=True, ensure_ascii=False).encode()
