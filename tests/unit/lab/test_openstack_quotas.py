"""No quota of the lab stands in the way of a whole estate: what bounds it are its hosts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lab.openstack.config as templates

FOLDER = Path(templates.__file__).parent / "templates"


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("nova.conf", {"instances", "cores", "ram", "server_groups", "server_group_members"}),
        ("neutron.conf", {"quota_network", "quota_port", "quota_router", "quota_security_group_rule"}),
    ],
)
def test_quotas_are_without_a_limit(file: str, names: set[str]) -> None:
    text = (FOLDER / file).read_text(encoding="utf-8")

    unlimited = set(re.findall(r"^(\w+) = -1$", text, re.MULTILINE))

    assert names <= unlimited
