"""What a lab writes for its services and its users."""

from pathlib import Path

import pytest
import yaml
from support.builders import an_estate

from lab.openstack import config
from lab.openstack.fleet import Fleet
from lab.openstack.layout import SHARED, LabLayout, ports_needed
from lab.openstack.passwords import Passwords, passwords
from lab.openstack.seed import external_subnets
from lab.openstack.services.labhost import layout as labhost
from lab.openstack.spec import regions

REGIONS = ("bj-a", "bj-b", "gy-c")


@pytest.fixture
def layout(tmp_path: Path) -> LabLayout:
    return LabLayout(tmp_path, REGIONS, range(15000, 15100))


def test_every_service_has_a_port_of_its_own(layout: LabLayout) -> None:
    ports = [port for services in layout.all_ports().values() for port in services.values()]

    assert len(ports) == len(set(ports)) == 1 + 4 * len(REGIONS)
    assert max(ports) < layout.ports.start + ports_needed(len(REGIONS))


def test_clients_find_an_entry_per_region_with_its_own_project(layout: LabLayout) -> None:
    secret = Passwords()

    clouds = yaml.safe_load(config.clouds_yaml(layout, secret))["clouds"]

    assert tuple(clouds) == REGIONS
    assert {entry["region_name"] for entry in clouds.values()} == set(REGIONS)
    assert {entry["auth"]["password"] for entry in clouds.values()} == {secret.tricenter}
    assert {entry["auth"]["project_name"] for entry in clouds.values()} == {"tricenter"}


def test_the_services_configuration_has_no_hole_and_is_private(layout: LabLayout, tmp_path: Path) -> None:
    paste = tmp_path / "venv" / "etc" / "nova" / "api-paste.ini"
    paste.parent.mkdir(parents=True)
    paste.write_text("[composite:main]\n")

    config.write(layout, regions(an_estate()), Passwords(), tmp_path / "venv")

    written = [path for name in (SHARED, *REGIONS) for path in (layout.region(name) / "etc").glob("*.conf")]
    assert len(written) == 1 + 4 * len(REGIONS)
    assert not [path for path in written if "$" in path.read_text()]
    assert {path.stat().st_mode & 0o077 for path in [*written, layout.clouds_yaml]} == {0}


def test_passwords_are_made_once_per_lab(tmp_path: Path) -> None:
    first = passwords(tmp_path / "one.json")

    assert passwords(tmp_path / "one.json") == first
    assert passwords(tmp_path / "two.json") != first
    assert len({first.admin, first.services, first.tricenter}) == 3


def test_passwords_do_not_show_in_a_repr() -> None:
    secret = Passwords()

    assert secret.admin not in repr(secret)
    assert secret.tricenter not in repr(secret)


@pytest.mark.parametrize("count", [1, 3, 4, 5, 16])
def test_regions_share_the_outer_addresses_without_overlap(count: int) -> None:
    shares = [external_subnets(number, count) for number in range(count)]

    for family in (0, 1):
        networks = [share[family] for share in shares]
        assert not [1 for one in networks for other in networks if one is not other and one.overlaps(other)]
    assert {share[0].supernet(new_prefix=24).with_prefixlen for share in shares} == {"203.0.113.0/24"}
    assert {share[1].prefixlen for share in shares} == {64}


def test_services_are_told_once_keystone_knows_them(tmp_path: Path) -> None:
    layout = LabLayout(tmp_path, ("bj-a",), range(15000, 15100))
    layout.region(SHARED).mkdir()
    seen_by_services = labhost.Layout(tmp_path, {})
    before = seen_by_services.is_registered()

    Fleet(layout, tmp_path).announce()

    assert (before, seen_by_services.is_registered()) == (False, True)
