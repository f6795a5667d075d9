"""A lab that is being made is spoken to directly: a proxy would carry its secrets to another machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from keystoneauth1.exceptions import ConnectFailure

from lab.aws import seed
from lab.aws.spec import ProfileSpec
from lab.openstack.clients import connect
from lab.openstack.layout import LabLayout

pytestmark = pytest.mark.enable_socket
NOBODY = 9
"""A port on which nobody listens."""


@pytest.fixture(autouse=True)
def _proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.9:3128")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_the_secret_of_the_aws_lab_is_said_to_its_server_alone() -> None:
    with pytest.raises(EndpointConnectionError, match=f"127.0.0.1:{NOBODY}"):
        seed.make_user(f"http://127.0.0.1:{NOBODY}", ProfileSpec("gy-c", "cn-northwest-1", "gy-c"), "secret")


def test_the_password_of_the_administrator_is_said_to_keystone_alone(tmp_path: Path) -> None:
    layout = LabLayout(tmp_path, ("east",), range(NOBODY, NOBODY + 20))

    with (
        connect(layout, "east", "admin", "secret", "admin") as cloud,
        pytest.raises(ConnectFailure) as refusal,
    ):
        cloud.session.get_token()

    assert "refused" in str(refusal.value)
