"""Listing what is there: a cloud that does not answer is told, never taken for empty."""

import pytest

from cmp.clouds.base import Resource
from cmp.errors import Refused
from cmp.services.verifying.inventory import take


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
