from __future__ import annotations

import re
from collections import Counter
from ipaddress import ip_address, ip_network
from itertools import product
from pathlib import Path

import pytest
import yaml

from cmp.model.base import Fact, Provenance
from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.network import Secrecy

POOLS = """
bj-a-gov: kunpeng-920 5, hygon-7390 5, phytium-s5000c 2, ascend-910b 2 x8, sm-crypto 1 x4
bj-b-gov: kunpeng-920 5, hygon-7390 5, loongson-3c6000 2, nvidia-l40s 1 x4, sm-crypto 1 x4
gy-c-gov: kunpeng-920 5, hygon-7390 4, loongson-3c6000 1, ascend-910b 1 x8, nvidia-l40s 1 x4
gy-c-pub: intel-8475b 4
bj-a-k8s: kunpeng-920 3, hygon-7390 3
bj-b-k8s: kunpeng-920 3, hygon-7390 3
gy-c-k8s: kunpeng-920 3, hygon-7390 3
"""
ALLOWED = [
    ip_network(text)
    for text in (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "3fff::/20",
        "10.64.0.0/12",
        "198.18.0.0/15",
        "192.168.40.0/22",
    )
]
"""Documentation and benchmark prefixes, the extranet's own plan, the private range of the oldest networks."""
ADDRESS = re.compile(r"(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+|[0-9a-f]{1,4}:[0-9a-f:]*::[0-9a-f:]*)(?![\w.:])")


def shown(pool: Pool) -> str:
    accelerators = pool.per_host.accelerators
    if accelerators:
        ((name, count),) = accelerators.items()
        return f"{name} {pool.hosts} x{count}"
    return f"{pool.chip} {pool.hosts}"


def test_clouds_have_the_designed_pools(reference: Environment) -> None:
    found = [
        f"{cloud.id}: " + ", ".join(shown(pool) for pool in reference.estate.pools if pool.cloud == cloud.id)
        for cloud in reference.estate.clouds
    ]

    assert found == POOLS.strip().splitlines()


def test_hosts_have_64_vcpus_and_256_gib_but_loongson_has_32_vcpus(reference: Environment) -> None:
    sizes = {(pool.chip, pool.per_host.vcpus, pool.per_host.memory_gib) for pool in reference.estate.pools}

    assert {size for size in sizes if size[1:] != (64, 256)} == {("loongson-3c6000", 32, 256)}


def test_chips_have_the_designed_performance(reference: Environment) -> None:
    milli = {chip.id: chip.performance_milli for chip in reference.estate.chips if chip.performance}

    assert milli == {
        "hygon-7390": 1000,
        "kunpeng-920": 920,
        "phytium-s5000c": 750,
        "loongson-3c6000": 500,
        "intel-8475b": 1150,
    }


def test_all_links_exist_and_only_the_one_within_beijing_is_synchronous(reference: Environment) -> None:
    links = {link.between: link.synchronous for link in reference.estate.links}

    assert links == {("bj-a", "bj-b"): True, ("bj-a", "gy-c"): False, ("bj-b", "gy-c"): False}


def facts(document: object) -> list[Fact]:
    if isinstance(document, Fact):
        return [document]
    if isinstance(document, tuple):
        return [fact for each in document for fact in facts(each)]
    fields = getattr(type(document), "model_fields", {})
    return [fact for name in fields for fact in facts(getattr(document, name))]


def test_no_figure_claims_to_be_measured_and_a_declared_one_names_its_source(reference: Environment) -> None:
    found = facts(reference.estate)

    assert len(found) > 100
    assert all(fact.provenance is not Provenance.MEASURED for fact in found)
    assert [fact.value for fact in found if fact.provenance is Provenance.DECLARED] == [0.6361]
    assert all(fact.source for fact in found if fact.provenance is Provenance.DECLARED)


def test_every_center_has_an_allocation_in_both_families_for_every_zone(reference: Environment) -> None:
    wanted = set(product(("bj-a", "bj-b", "gy-c"), ("public", "private", "internet")))

    assert {(each.center, each.zone) for each in reference.network.allocations} == wanted
    assert {each.ipv4.prefixlen for each in reference.network.allocations} == {16}
    assert {each.ipv6.prefixlen for each in reference.network.allocations} == {48}


@pytest.mark.parametrize(
    ("network", "hosts"),
    [("rescue-net", 12), ("welfare-lottery-net", 20), ("archives-net", 8), ("office-old-net", 50)],
)
def test_private_networks_have_their_hosts(reference: Environment, network: str, hosts: int) -> None:
    listed = reference.hosts[network].hosts
    declared = next(each for each in reference.network.private_networks if each.id == network)

    assert len({host.name for host in listed}) == hosts
    assert all(str(host.addresses[0].network).startswith(str(declared.ipv4)) for host in listed)
    assert declared.secrecy is not Secrecy.STATE_SECRET


def test_two_devices_of_the_archives_speak_ipv4_only(reference: Environment) -> None:
    lacking = {
        name: [host for host in hosts.hosts if not host.ipv6_capable]
        for name, hosts in reference.hosts.items()
    }

    assert {name: len(hosts) for name, hosts in lacking.items() if hosts} == {"archives-net": 2}


def test_the_old_office_network_uses_addresses_of_the_rescue_network(reference: Environment) -> None:
    used = {
        name: {host.addresses[0].ip for host in reference.hosts[name].hosts}
        for name in ("rescue-net", "office-old-net")
    }

    assert len(used["rescue-net"] & used["office-old-net"]) == 3


def test_only_documentation_addresses_and_the_plans_own_are_used(inventories: Path) -> None:
    files = sorted(path for path in inventories.rglob("*") if path.suffix in {".yaml", ".md"})
    found = [(path.name, text) for path in files for text in ADDRESS.findall(path.read_text())]

    strangers = [
        (name, text) for name, text in found if not any(ip_address(text) in home for home in ALLOWED)
    ]

    assert len(found) > 100
    assert strangers == []


def test_calendars_hold_three_years(reference: Environment) -> None:
    years = {name: Counter(day.year for day in days) for name, days in reference.calendar.items()}

    assert {"qingming", "spring-festival", "workdays"} <= set(years)
    assert all(set(counts) == {2026, 2027, 2028} for counts in years.values())
    assert years["workdays"][2026] == 248


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[3] / "inventories").rglob("cloud-init/*.yaml"))
)
def test_first_boot_files_hold_secrets_by_reference_only(path: Path) -> None:
    text = path.read_text()
    content = yaml.safe_load(text)
    secret = re.compile(r"(password|_key|_pin|license|certificate)\s*=\s*(?P<value>\S+)")
    values = [match["value"] for file in content["write_files"] for match in secret.finditer(file["content"])]

    assert text.startswith("#cloud-config\n")
    assert values
    assert all(value.startswith("secret://") for value in values)


def test_every_first_boot_file_is_used(reference: Environment, inventories: Path) -> None:
    named = {component.init for workload in reference.workloads for component in workload.components}
    there = {f"cloud-init/{path.name}" for path in (inventories / "reference/cloud-init").iterdir()}

    assert there == named - {None}
