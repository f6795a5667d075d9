"""What runs on this machine is never asked for through a proxy."""

import pytest

from cli.main import LOOPBACK, keep_loopback_direct


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ({}, []),
        ({"no_proxy": "intranet.example"}, ["intranet.example"]),
        ({"NO_PROXY": "intranet.example,,127.0.0.1"}, ["intranet.example", "127.0.0.1"]),
    ],
)
def test_loopback_joins_what_goes_without_a_proxy(before: dict[str, str], kept: list[str]) -> None:
    variables = {**before, "https_proxy": "http://192.0.2.1:3128"}

    keep_loopback_direct(variables)

    expected = ",".join(dict.fromkeys([*kept, *LOOPBACK]))
    assert (variables["no_proxy"], variables["NO_PROXY"]) == (expected, expected)
    assert variables["https_proxy"] == "http://192.0.2.1:3128"
