"""Every private network of an environment has a host lab of its own, which comes up only when it is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.at_hand import means_at
from support.builders import an_environment

from cmp.errors import Invalid
from cmp.loaders.loading import load
from cmp.services.labs.host_labs import host_labs
from cmp.services.labs.labs import labs_of
from lab.base import Health
from lab.registry import labs_for

REFERENCE = Path(__file__).parents[4] / "inventories" / "reference"


def test_each_private_network_has_a_lab_in_a_folder_of_its_own(tmp_path: Path) -> None:
    environment = load(REFERENCE).environment

    labs = host_labs(means_at(tmp_path), environment).labs

    assert [lab.site.name for lab in labs] == [each.id for each in environment.network.private_networks]
    assert labs[0].folder == tmp_path / "lab" / "hosts" / "reference" / labs[0].site.name


def test_no_two_networks_move_to_the_same_subnets_though_they_come_from_the_same(tmp_path: Path) -> None:
    labs = host_labs(means_at(tmp_path), load(REFERENCE).environment).labs

    assert (
        len({lab.site.segment.ipv4 for lab in labs})
        == len({lab.site.segment.ipv6 for lab in labs})
        == len(labs)
    )


def test_labs_that_never_came_up_are_stopped(tmp_path: Path) -> None:
    states = host_labs(means_at(tmp_path), load(REFERENCE).environment).status()

    assert {state.state for state in states} == {Health.STOPPED}
    assert "hosts/office-old-net" in {state.name for state in states}


def test_an_environment_without_private_networks_has_no_host_lab(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no private network"):
        host_labs(means_at(tmp_path), an_environment())


def test_hosts_come_up_only_when_they_are_named(tmp_path: Path) -> None:
    environment, means = load(REFERENCE).environment, means_at(tmp_path)

    assert [lab.name for lab in labs_of(means, environment, ["hosts"])] == ["hosts"]
    assert "hosts" not in labs_for(environment.estate)
