"""Listing what is there: a cloud that does not answer is told, never taken for empty."""

from pathlib import Path

import pytest
from support.at_hand import means_at
from support.standing_servers import a_server

from cmp.clouds.base import Resource
from cmp.clouds.memory import MemoryCloud
from cmp.errors import Refused
from cmp.installation import HERE
from cmp.model.references import EnvironmentRef
from cmp.services.verifying.inventory import inventory, take


class Answering:
    """A cloud that lists one server."""

    id = "answering"

    def noun(self, name):
        raise KeyError(name)

    def list(self):
        return (Resource("answering", "server", "s1", "web", managed=True),)


class Refusing(Answering):
    """A cloud whose account has no rights."""

    id = "refusing"

    def list(self):
        raise Refused("cloud refusing: list servers: forbidden (request r-1)")


def test_every_cloud_is_listed_with_how_it_answered() -> None:
    found = take({"answering": Answering(), "refusing": Refusing()})

    assert [resource.name for resource in found.resources] == ["web"]
    assert [(account.cloud, account.ok) for account in found.accounts] == [
        ("answering", True),
        ("refusing", False),
    ]


def test_half_a_list_is_no_answer() -> None:
    found = take({"answering": Answering(), "refusing": Refusing()})

    with pytest.raises(Refused, match="1 of 2 clouds could not be listed: cloud refusing.*request r-1"):
        found.require_complete()


def test_no_cloud_at_all_is_an_empty_list() -> None:
    assert take({}).resources == ()


def test_an_environment_is_listed_from_the_clouds_that_it_was_given(tmp_path: Path) -> None:
    folder = HERE.shipped("inventories/starter")
    clouds = {"bj-a-gov": MemoryCloud("bj-a-gov"), "bj-b-gov": MemoryCloud("bj-b-gov")}
    a_server(clouds["bj-a-gov"], "guest", {})

    found = inventory(means_at(tmp_path, clouds), EnvironmentRef.of(folder))

    assert [(each["cloud"], each["ok"]) for each in found.document["accounts"]] == [
        ("bj-a-gov", True),
        ("bj-b-gov", True),
    ]
    assert "guest" in {each["name"] for each in found.document["resources"]}
