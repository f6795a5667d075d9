"""What an earlier version wrote of name servers into Plans is still read."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from cmp.model.name_servers import NameServer, Reload


def read(reload: object) -> NameServer:
    ssh = {"user": "netops", "address": "192.0.2.53"}
    written = {"name": "ns-1", "ssh": ssh, "zone_file": "/var/lib/zones/example", "reload": reload}
    return NameServer.model_validate_json(json.dumps(written))


def test_a_name_server_of_a_first_plan_said_no_command() -> None:
    assert read([]).reload is Reload.UNBOUND


def test_a_command_is_no_software() -> None:
    with pytest.raises(ValidationError, match="'unbound', 'bind'"):
        read(["sh", "-c", "true"])
