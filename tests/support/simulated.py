"""Runs a Pulumi program on Pulumi's own mocks and tells what it declared; nothing of ours is simulated."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import get_root_resource, run_pulumi_func

Outputs = Mapping[str, Any]


@dataclass
class Recorded:
    """What a program declared: every resource by type and name, and what it exported."""

    resources: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    providers: dict[tuple[str, str], str] = field(default_factory=dict)
    waits_for: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    outputs: Outputs = field(default_factory=dict)

    def names(self, kind: str) -> list[str]:
        return sorted(name for found, name in self.resources if found == kind)

    def inputs(self, kind: str, name: str) -> Mapping[str, Any]:
        return self.resources[kind, name]


class Clouds(mocks.Mocks):
    """Gives every resource an id that tells its type and name; stack references give `ground`."""

    def __init__(self, ground: Outputs) -> None:
        self.recorded = Recorded()
        self._ground = ground

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            return args.name, {"name": args.name, "outputs": dict(self._ground)}
        if args.custom:
            self.recorded.resources[args.typ, args.name] = args.inputs
            self.recorded.providers[args.typ, args.name] = args.provider or ""
        outside = {"ipv4": ["192.0.2.10"], "ipv6": ["2001:db8::10"], "address": "198.51.100.7"}
        return f"{args.typ.rpartition(':')[2]}/{args.name}", {**args.inputs, **outside}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"no program calls {args.token}")


class Monitor(mocks.MockMonitor):  # type: ignore[misc]
    """Pulumi's own monitor of mocks, which also keeps what every resource waits for."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name is the engine's
        waits = frozenset(urn.rpartition("::")[2] for urn in request.dependencies)
        self.mocks.recorded.waits_for[request.type, request.name] = waits
        return super().RegisterResource(request)


def run(
    program: Callable[[], None],
    *,
    ground: Outputs | None = None,
    preview: bool = False,
    project: str = "tricenter-foundation",
    stack: str = "test.bj-a",
) -> Recorded:
    """Run a program without arguments; `ground` is what stack references find exported.

    Every run has a fresh event loop and a runtime of its own.
    """
    clouds = Clouds(ground or {})
    return contextvars.copy_context().run(_simulate, program, clouds, (project, stack), preview)


def _simulate(program: Callable[[], None], clouds: Clouds, place: tuple[str, str], preview: bool) -> Recorded:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks.set_mocks(clouds, project=place[0], stack=place[1], preview=preview, monitor=Monitor(clouds))
    try:
        loop.run_until_complete(run_pulumi_func(program))
        root = get_root_resource()
        exported = pulumi.Output.from_input(dict(root.outputs)) if root else pulumi.Output.from_input({})
        clouds.recorded.outputs = loop.run_until_complete(exported.future(with_unknowns=True)) or {}
    finally:
        SETTINGS.outputs.clear()  # what a program that failed left waiting belongs to this loop
        loop.close()
        asyncio.set_event_loop(None)
    return clouds.recorded
