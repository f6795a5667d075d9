"""Chooses what builds for a kind of cloud; the only place that asks for the kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cmp.clouds.binding import Files, bind
from cmp.model.estate import Cloud as DeclaredCloud
from cmp.model.estate import CloudKind
from stacks.components.aws import AwsCloud
from stacks.components.cloud import Cloud
from stacks.components.openstack import OpenStackCloud
from stacks.resources.base import Provider, ProviderArgs

BUILDERS: Mapping[CloudKind, Callable[[str, DeclaredCloud, Provider], Cloud]] = {
    CloudKind.OPENSTACK: OpenStackCloud,
    CloudKind.AWS: AwsCloud,
}
"""One builder for each kind of cloud that stacks are carried out on."""


def open_for_building(environment: str, declared: DeclaredCloud, access: Files) -> Cloud:
    """The builder of a cloud, with the provider of its resources.

    Raises:
        KeyError: nothing builds for its kind.
    """
    arguments = ProviderArgs(environment=environment, binding=bind(declared, access))
    return BUILDERS[declared.kind](environment, declared, Provider(declared.id, arguments))
