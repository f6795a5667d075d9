"""Labs are run by one question each, and each answers how the labs are doing then."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.at_hand import means_at

from cmp.errors import Invalid
from cmp.installation import HERE
from cmp.loaders.loading import load
from cmp.model.references import EnvironmentRef
from cmp.services.labs import running
from cmp.services.labs.running import LabWish

pytestmark = pytest.mark.enable_socket  # what a lab is doing is asked at its loopback ports


@pytest.mark.parametrize(
    ("wish", "example"),
    [
        (LabWish(), "inventories/lab"),
        (LabWish("aws"), "inventories/lab"),
        (LabWish("hosts"), "inventories/reference"),
    ],
)
def test_where_no_environment_is_named_an_example_is_followed(wish: LabWish, example: str) -> None:
    assert wish.followed == EnvironmentRef.of(HERE.shipped(example))


def test_a_lab_that_was_never_started_is_told_with_every_component(tmp_path: Path) -> None:
    found = running.status(means_at(tmp_path), LabWish())

    names = [each["name"] for each in found.document["components"]]
    centers = {center.id for center in load(Path(LabWish().followed.name)).environment.estate.centers}
    assert {f"openstack/{center}" for center in centers} <= set(names)
    assert {each["state"] for each in found.document["components"]} == {"stopped"}


def test_what_stands_still_is_stopped_again_without_harm(tmp_path: Path) -> None:
    assert running.take_down(means_at(tmp_path), LabWish()) == running.status(means_at(tmp_path), LabWish())


def test_a_lab_that_the_environment_has_no_cloud_for_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        running.status(means_at(tmp_path), LabWish("vmware"))
