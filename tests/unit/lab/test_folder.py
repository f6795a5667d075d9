"""A lab belongs to an estate: what a lab follows decides the folder, nothing else does."""

import json
import os
import stat
from pathlib import Path

import pytest
from support.builders import a_center, a_cloud, a_per_host, a_pool, an_estate

from cmp.errors import Refused, TryLater
from cmp.model.estate import Cloud, CloudBinding, CloudKind, Estate, Overcommit, Pool, Price
from lab.folder import estate_key, exclusive, prepare, write_private
from lab.ports import free_block


def _estate(pool: Pool | None = None, cloud: Cloud | None = None) -> Estate:
    return an_estate(clouds=(cloud or a_cloud(),), pools=(pool or a_pool(),))


def test_the_same_estate_has_the_same_key() -> None:
    assert estate_key(_estate()) == estate_key(_estate())


def test_the_key_names_the_centers() -> None:
    assert estate_key(an_estate()).startswith("bj-a_bj-b_gy-c-")


@pytest.mark.parametrize(
    "pool",
    [
        a_pool(hosts=5),
        a_pool(chip="kunpeng-920"),
        a_pool(per_host=a_per_host(vcpus=32)),
        a_pool(per_host=a_per_host(accelerators={"ascend-910b": 1})),
        a_pool(overcommit=Overcommit(vcpus=3.0)),
    ],
)
def test_a_change_that_a_lab_follows_gives_another_key(pool: Pool) -> None:
    assert estate_key(_estate(pool)) != estate_key(_estate())


def test_another_binding_gives_another_key() -> None:
    assert estate_key(_estate(cloud=a_cloud(binding=CloudBinding(cloud="b")))) != estate_key(_estate())


def test_prices_power_and_pue_keep_the_key() -> None:
    priced = a_pool(price_cny=Price(vcpu_hour=0.1, memory_gib_hour=0.1), spare_hosts=1)
    changed = an_estate(
        centers=(a_center(pue=1.9),), clouds=(a_cloud(mlps_level=2),), pools=(priced,), links=()
    )
    plain = an_estate(centers=(a_center(),), clouds=(a_cloud(),), pools=(a_pool(),), links=())

    assert estate_key(changed) == estate_key(plain)


def test_a_cluster_more_is_another_lab() -> None:
    kubernetes = a_cloud("bj-a-k8s", kind=CloudKind.KUBERNETES, binding=CloudBinding(context="c"))
    more = an_estate(clouds=(a_cloud(), kubernetes), pools=(a_pool(), a_pool("bj-a-k", cloud="bj-a-k8s")))

    assert estate_key(more) != estate_key(_estate())


def test_a_folder_keeps_its_ports(tmp_path: Path) -> None:
    first = prepare(an_estate(), tmp_path, 40, free=lambda _port: True)

    assert prepare(an_estate(), tmp_path, 40, free=lambda port: port not in first.ports) == first


def test_two_estates_never_share_ports(tmp_path: Path) -> None:
    blocks = [
        prepare(an_estate(pools=(a_pool(hosts=hosts),)), tmp_path, 40, free=lambda _port: True).ports
        for hosts in (1, 2, 3)
    ]

    assert [len(block) for block in blocks] == [100, 100, 100]
    assert len({port for block in blocks for port in block}) == 300


def test_a_block_with_a_taken_port_is_passed_over() -> None:
    assert free_block(100, (), free=lambda port: port != 15050) == range(15100, 15200)


def test_without_a_free_block_the_user_is_told() -> None:
    with pytest.raises(TryLater, match="no 100 neighbouring ports"):
        free_block(100, (), free=lambda _port: False)


def test_a_private_file_is_whole_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secret.json"
    write_private(path, json.dumps({"old": 1}))

    write_private(path, json.dumps({"new": 2}))

    assert json.loads(path.read_text()) == {"new": 2}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o750, 0o701])
def test_a_lab_is_closed_to_everybody_else_also_where_it_was_open(tmp_path: Path, mode: int) -> None:
    before = tmp_path / "state" / "lab"
    before.mkdir(parents=True)
    before.chmod(mode)

    place = prepare(_estate(), tmp_path / "state", 5, lambda _port: True)
    with exclusive(place.path / "aws", lambda _line: None):
        pass

    folders = (before, place.path, place.path / "aws")
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 3


def test_a_lab_is_closed_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        place = prepare(_estate(), tmp_path / "deep" / "state", 5, lambda _port: True)
    finally:
        os.umask(old)

    made = (place.path, *[each for each in place.path.parents if each.is_relative_to(tmp_path / "deep")])
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o700] * 4


def test_the_folder_of_another_user_is_no_place_for_a_lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    with pytest.raises(Refused, match="belongs to another user"):
        prepare(_estate(), tmp_path, 5, lambda _port: True)
