"""What is left out is neither started nor taken down by mistake; a lab of it that runs is stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.at_hand import means_at

from cmp.errors import Refused
from cmp.installation import HERE
from cmp.loaders.loading import load
from cmp.means import Means
from cmp.model.environment import Environment
from cmp.services.carrying_out.applying import not_wanted
from cmp.services.labs.labs import labs_of, wanted
from cmp.settings import Workshop

CLUSTERS = {"bj-a-k8s", "bj-b-k8s", "gy-c-k8s"}


@pytest.fixture(scope="module")
def lab() -> Environment:
    return load(HERE.shipped("inventories/lab")).environment


def without_clusters(state: Path) -> Means:
    means = means_at(state)
    return replace(means, workshop=Workshop(means.workshop.root, frozenset({"kubernetes"})))


def test_all_labs_are_wanted_unless_one_is_left_out(tmp_path: Path, lab: Environment) -> None:
    assert wanted(means_at(tmp_path), lab) == ("openstack", "aws", "kubernetes")
    assert wanted(without_clusters(tmp_path), lab) == ("openstack", "aws")


@pytest.mark.enable_socket  # a lab's ports are looked for on the loopback address
def test_a_lab_that_is_left_out_is_stopped_with_the_others(tmp_path: Path, lab: Environment) -> None:
    assert [each.name for each in labs_of(without_clusters(tmp_path), lab)] == [
        "openstack",
        "aws",
        "kubernetes",
    ]


def test_stacks_in_clusters_that_are_left_out_are_not_taken_down(tmp_path: Path, lab: Environment) -> None:
    refused = not_wanted(lab, without_clusters(tmp_path).workshop)

    assert set(refused) == CLUSTERS
    assert all(isinstance(each, Refused) and "KUBERNETES=0" in each.hint for each in refused.values())
    assert not_wanted(lab, means_at(tmp_path).workshop) == {}
