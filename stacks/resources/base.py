"""Holds what all resource classes share: their arguments become the provider's fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import pulumi

from cmp.clouds.binding import Binding

Tags = Mapping[str, pulumi.Input[str]]
Rule = Mapping[str, Any]
"""An allowed flow: direction, protocol, port, perhaps port_end, prefix, why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderArgs:
    """Which cloud a provider is for, and the environment whose marks its resources carry."""

    environment: str
    binding: Binding


class Provider(pulumi.ProviderResource):
    """The provider of one cloud, to be passed to each of its resources."""

    def __init__(self, name: str, args: ProviderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        binding = {item.name: str(getattr(args.binding, item.name)) for item in fields(Binding)}
        given = {key: value for key, value in binding.items() if value}
        super().__init__("tricenter", name, {"environment": args.environment, **given}, opts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedArgs:
    """What every resource that can be tagged takes."""

    name: pulumi.Input[str]
    tags: Tags = field(default_factory=dict)


class Managed(pulumi.CustomResource):
    """A resource of our provider: the fields of `args` are inputs, `outputs` are told by the cloud.

    `secrets` are inputs that may hold passwords: the engine encrypts them in its state and its history, also
    as the cloud tells them back, and shows them in no preview.
    """

    pulumi_type: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]] = ()
    secrets: ClassVar[tuple[str, ...]] = ()

    def __init__(self, resource_name: str, args: Any, opts: pulumi.ResourceOptions | None = None) -> None:
        given = _inputs(args)
        hidden = {name: pulumi.Output.secret(given[name]) for name in self.secrets}
        properties = {**given, **hidden, **dict.fromkeys(self.outputs)}
        kept = pulumi.ResourceOptions(additional_secret_outputs=list(self.secrets))
        super().__init__(
            self.pulumi_type, resource_name, properties, pulumi.ResourceOptions.merge(opts, kept)
        )


def _inputs(args: Any) -> dict[str, Any]:
    return {item.name: _plain(getattr(args, item.name)) for item in fields(args)}


def _plain(value: Any) -> Any:
    """The engine's SDK takes lists and dicts, not any sequence or mapping."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | pulumi.Output):
        return [_plain(item) for item in value]
    return value
