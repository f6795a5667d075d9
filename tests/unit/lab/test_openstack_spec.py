"""A region follows its cloud's pools: names, sizes, traits, overcommit and accelerators."""

import pytest
from support.builders import a_chip, a_cloud, a_per_host, a_pool, an_accelerator, an_estate

from cmp.errors import Invalid
from cmp.model.estate import CloudBinding, CloudKind, Isa, Overcommit
from lab.openstack.spec import accelerator_class, chip_trait, regions


def test_a_region_is_named_as_its_clouds_binding() -> None:
    estate = an_estate(clouds=(a_cloud(binding=CloudBinding(cloud="beijing-1")),), pools=(a_pool(),))

    (region,) = regions(estate)

    assert (region.name, region.cloud) == ("beijing-1", "bj-a-gov")


def test_a_pool_becomes_numbered_hosts_with_its_chips_trait() -> None:
    estate = an_estate(clouds=(a_cloud(),), pools=(a_pool("bj-a-kunpeng", hosts=2),))

    (region,) = regions(estate)

    assert [host.name for host in region.hosts] == ["bj-a-kunpeng-1", "bj-a-kunpeng-2"]
    assert {host.traits for host in region.hosts} == {("CUSTOM_CHIP_KUNPENG_920",)}
    assert {host.architecture for host in region.hosts} == {"aarch64"}


def test_a_host_offers_what_its_pool_declares_and_overcommits() -> None:
    size = a_per_host(vcpus=32, memory_gib=128, disk_gib=500, accelerators={"ascend-910b": 8, "idle-npu": 0})
    pool = a_pool(hosts=1, per_host=size, overcommit=Overcommit(vcpus=2.0, memory=1.5))
    estate = an_estate(clouds=(a_cloud(),), pools=(pool,))

    (host,) = regions(estate)[0].hosts

    assert (host.vcpus, host.memory_mb, host.disk_gb) == (32, 128 * 1024, 500)
    assert host.ratios == {"VCPU": 2.0, "MEMORY_MB": 1.5, "DISK_GB": 1.0}
    assert host.accelerators == {"CUSTOM_ACCELERATOR_ASCEND_910B": 8}


def test_a_host_of_a_chip_unknown_to_nova_takes_no_image_of_another_architecture() -> None:
    chip = a_chip("loongson-3c6000", isa=Isa.LOONG64)
    pool = a_pool("bj-a-loongson", chip=chip.id, hosts=1)
    estate = an_estate(chips=(a_chip(), chip), clouds=(a_cloud(),), pools=(pool,))

    (region,) = regions(estate)

    assert region.hosts[0].architecture not in {"x86_64", "aarch64"}
    assert region.isas == (Isa.LOONG64,)


def test_clouds_of_other_kinds_have_no_region() -> None:
    aws = a_cloud("bj-a-pub", kind=CloudKind.AWS, binding=CloudBinding(profile="pub"))
    estate = an_estate(clouds=(a_cloud(), aws), pools=(a_pool(), a_pool("bj-a-intel", cloud="bj-a-pub")))

    assert [region.cloud for region in regions(estate)] == ["bj-a-gov"]


def test_a_cloud_without_an_entry_is_refused() -> None:
    estate = an_estate(clouds=(a_cloud(binding=CloudBinding()),), pools=(a_pool(),))

    with pytest.raises(Invalid, match="cloud bj-a-gov is bound to no"):
        regions(estate)


def test_two_clouds_of_one_entry_are_refused() -> None:
    one = a_cloud("bj-a-gov", binding=CloudBinding(cloud="same"))
    other = a_cloud("bj-b-gov", binding=CloudBinding(cloud="same"))
    estate = an_estate(clouds=(one, other), pools=(a_pool(), a_pool("bj-b-hygon")))

    with pytest.raises(Invalid, match=r"same clouds\.yaml entry: same"):
        regions(estate)


def test_a_pool_of_accelerators_alone_is_refused() -> None:
    npu = an_accelerator()
    pool = a_pool(chip=npu.id)
    estate = an_estate(chips=(a_chip(), npu), clouds=(a_cloud(),), pools=(pool,))

    with pytest.raises(Invalid, match="which is no CPU"):
        regions(estate)


def test_names_of_traits_and_classes_hold_only_what_placement_allows() -> None:
    assert chip_trait("kunpeng-920") == "CUSTOM_CHIP_KUNPENG_920"
    assert accelerator_class("sm-crypto") == "CUSTOM_ACCELERATOR_SM_CRYPTO"
