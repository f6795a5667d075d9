"""Checks what only containers have, within the limits of Kubernetes: found here, not pod by pod later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cmp.loaders.checks.names import Path, unique
from cmp.model.codes import Code
from cmp.model.container import CONTAINER_ONLY
from cmp.model.finding import Finding
from cmp.model.wishes import Protocol
from cmp.model.workload import Component, RunsAs
from cmp.sentences import Sentence

WORKLOADS: Final = "workloads"

LARGEST: Final = 1024 * 1024
"""Bytes of all settings of a component: no ConfigMap holds more."""


def check_container(path: Path, component: Component) -> Iterator[Finding]:
    """Fields that do not fit what carries the component, and what Kubernetes would refuse."""
    if component.runs_as is RunsAs.SERVER:
        yield from _of_no_server(path, component)
        return
    yield from _init(path, component)
    yield from _settings(path, component)
    yield from _volumes(path, component)
    yield from _probes(path, component)
    yield from _published(path, component)


def _of_no_server(path: Path, component: Component) -> Iterator[Finding]:
    """What a server would pass over in silence."""
    for name in CONTAINER_ONLY:
        if name in component.model_fields_set and getattr(component, name):
            message = Sentence(
                "`{id}` runs as a server, and `{name}` is for containers alone", id=component.id, name=name
            )
            hint = "write `runs_as: container`, or say it in the file that `init` names"
            yield Finding(WORKLOADS, (*path, name), Code.CONTAINER_FIELD, message, hint, at_key=True)


def _init(path: Path, component: Component) -> Iterator[Finding]:
    if component.init is not None:
        message = Sentence("`{id}` runs as a container, which has no first boot", id=component.id)
        hint = "say it in `command`, `config` and `secrets`"
        yield Finding(WORKLOADS, (*path, "init"), Code.CONTAINER_FIELD, message, hint, at_key=True)


def _settings(path: Path, component: Component) -> Iterator[Finding]:
    """One name says one thing, and all of it fits into one ConfigMap."""
    for name in sorted(component.config.keys() & component.secrets.keys()):
        message = Sentence(
            "`{name}` is a setting and a secret of `{id}`: only one of them would count",
            name=name,
            id=component.id,
        )
        yield Finding(WORKLOADS, (*path, "secrets", name), Code.DUPLICATE_ENTRY, message, at_key=True)
    size = sum(len(name.encode()) + len(value.encode()) for name, value in component.config.items())
    if size > LARGEST:
        message = Sentence(
            "the settings of `{id}` are {size} bytes, and Kubernetes takes {LARGEST}",
            id=component.id,
            size=f"{size:,}",
            LARGEST=f"{LARGEST:,}",
        )
        hint = "keep large files in the image or on a volume"
        yield Finding(WORKLOADS, (*path, "config"), Code.CONTAINER_LIMIT, message, hint)


def _volumes(path: Path, component: Component) -> Iterator[Finding]:
    yield from unique(WORKLOADS, (*path, "volumes"), component.volumes, "volume")
    if component.volumes and not component.stateful:
        message = Sentence("`{id}` has volumes and keeps no data", id=component.id)
        hint = "write `stateful: true`: volumes stay with a replica and count for its recovery"
        yield Finding(WORKLOADS, (*path, "volumes"), Code.CONTAINER_FIELD, message, hint)
    mounts: set[str] = set()
    for number, volume in enumerate(component.volumes):
        if volume.mount in mounts:
            message = Sentence(
                "two volumes of `{id}` are seen at {mount}", id=component.id, mount=volume.mount
            )
            yield Finding(WORKLOADS, (*path, "volumes", number, "mount"), Code.DUPLICATE_ENTRY, message)
        mounts.add(volume.mount)
    total = sum(volume.gib for volume in component.volumes)
    least = min(way.needs.disk_gib for way in component.ways)
    if total > least:
        message = Sentence(
            "the volumes of `{id}` are {total} GiB, and its `disk_gib` counts {least}",
            id=component.id,
            total=total,
            least=least,
        )
        hint = "raise `disk_gib`: what is not counted there may not fit"
        yield Finding(WORKLOADS, (*path, "volumes"), Code.IMPOSSIBLE, message, hint)


def _probes(path: Path, component: Component) -> Iterator[Finding]:
    for name in ("ready", "alive", "started"):
        probe = getattr(component.probes, name)
        if probe is not None and probe.timeout_seconds > probe.period_seconds:
            message = Sentence(
                "the probe `{name}` of `{id}` may take longer than until it is asked again",
                name=name,
                id=component.id,
            )
            hint = "make `timeout_seconds` at most `period_seconds`"
            yield Finding(WORKLOADS, (*path, "probes", name), Code.IMPOSSIBLE, message, hint)


def _published(path: Path, component: Component) -> Iterator[Finding]:
    """A name leads to a port that the component exposes over TCP; what one leads to is said once."""
    exposed = {each.port for each in component.exposes if each.protocol is Protocol.TCP}
    seen: set[tuple[str, str]] = set()
    for number, each in enumerate(component.published):
        if each.port not in exposed:
            message = Sentence(
                "`{id}` is published at port {port}, which it does not expose over TCP",
                id=component.id,
                port=each.port,
            )
            hint = "say in `exposes` from which zone people come"
            yield Finding(WORKLOADS, (*path, "published", number, "port"), Code.IMPOSSIBLE, message, hint)
        if (each.host, each.path) in seen:
            message = Sentence(
                "`{id}` is published twice at {host}{path}", id=component.id, host=each.host, path=each.path
            )
            yield Finding(WORKLOADS, (*path, "published", number), Code.DUPLICATE_ENTRY, message)
        seen.add((each.host, each.path))
