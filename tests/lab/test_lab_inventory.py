"""The clouds of inventories/lab are those that its estate declares."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import boto3
import openstack
import pytest
from support.lab_clouds import LabClouds

from cmp.model.estate import CloudKind, Estate, Pool
from lab.openstack.spec import accelerator_class, chip_trait

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]


@pytest.fixture
def clients(lab_clouds: LabClouds, monkeypatch: pytest.MonkeyPatch) -> LabClouds:
    """The clouds, with the environment that ordinary clients look at."""
    for name, value in lab_clouds.environment.items():
        monkeypatch.setenv(name, value)
    return lab_clouds


def _pools(estate: Estate, cloud: str) -> Mapping[str, Pool]:
    return {pool.id: pool for pool in estate.pools if pool.cloud == cloud}


def test_every_pool_is_an_aggregate_and_a_zone_with_its_hosts(clients: LabClouds) -> None:
    for cloud in clients.estate.clouds:
        if cloud.kind is not CloudKind.OPENSTACK:
            continue
        pools = _pools(clients.estate, cloud.id)
        with openstack.connect(cloud=cloud.binding.cloud) as region:
            aggregates = {found.name: found for found in region.compute.aggregates()}

            assert set(aggregates) == set(pools)
            for name, pool in pools.items():
                assert aggregates[name].availability_zone == name
                assert sorted(aggregates[name].hosts) == sorted(
                    f"{name}-{number}" for number in range(1, pool.hosts + 1)
                )


def test_every_host_offers_what_its_pool_declares(clients: LabClouds) -> None:
    for cloud in clients.estate.clouds:
        if cloud.kind is not CloudKind.OPENSTACK:
            continue
        pools = _pools(clients.estate, cloud.id)
        with openstack.connect(cloud=cloud.binding.cloud) as region:
            providers = list(region.placement.resource_providers())

            assert len(providers) == sum(pool.hosts for pool in pools.values())
            for provider in providers:
                _check(region.placement, provider, pools[provider.name.rpartition("-")[0]])


def _check(placement: Any, provider: Any, pool: Pool) -> None:
    """Compare a host's inventory and traits with its pool."""
    inventory = {item.resource_class: item for item in placement.resource_provider_inventories(provider)}
    traits = placement.get(f"/resource_providers/{provider.id}/traits", microversion="1.6").json()["traits"]
    accelerators = {accelerator_class(name): n for name, n in pool.per_host.accelerators.items() if n}

    assert chip_trait(pool.chip) in traits
    assert inventory["VCPU"].total == pool.per_host.vcpus
    assert inventory["VCPU"].allocation_ratio == pool.overcommit.vcpus
    assert inventory["MEMORY_MB"].total == pool.per_host.memory_gib * 1024
    assert {name: inventory[name].total for name in inventory if name.startswith("CUSTOM_")} == accelerators


def test_every_leased_cloud_has_a_profile_that_works(clients: LabClouds) -> None:
    bindings = [cloud.binding for cloud in clients.estate.clouds if cloud.kind is CloudKind.AWS]

    assert bindings
    for binding in bindings:
        with closing(boto3.session.Session(profile_name=binding.profile).client("ec2")) as client:
            assert client.meta.region_name == binding.region
            assert client.describe_images()["Images"]
