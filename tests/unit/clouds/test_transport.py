"""Clouds on other machines are spoken to by verified TLS alone, whoever named their address."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cmp.clouds.aws.api import Api as AwsApi
from cmp.clouds.binding import Binding
from cmp.clouds.openstack.api import Api as OpenStackApi
from cmp.clouds.transport import refuse_plain
from cmp.errors import CmpError, Invalid, Refused, TryLater
from cmp.model.estate import CloudKind

ELSEWHERE = "http://192.0.2.7:8774"


@pytest.mark.parametrize(
    "url",
    [
        "https://cloud.example.net:5000/v3",
        "HTTPS://192.0.2.7",
        "http://127.0.0.1:15000/v3",
        "http://127.8.8.8",
        "http://localhost:15000",
        "http://[::1]:15000",
    ],
)
def test_tls_and_this_machine_are_spoken_to(url: str) -> None:
    refuse_plain("bj-a", url)


@pytest.mark.parametrize(
    "url",
    [
        "http://cloud.example.net:5000/v3",
        "HTTP://192.0.2.7",
        "http://127.0.0.1.example.net",
        "http://localhost.example.net",
        "http://127.0.0.1@192.0.2.7/",
        "http://user:secret@192.0.2.7/",
        "http://[2001:db8::7]:5000",
        "http://10.0.0.1",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0:5000",
        "http://2130706433",
        "ftp://192.0.2.7",
        "192.0.2.7:5000",
        "",
    ],
)
def test_another_machine_is_not_spoken_to_in_plain_text(url: str) -> None:
    with pytest.raises(Refused, match="in plain text") as refusal:
        refuse_plain("bj-a", url)

    assert "https://" in refusal.value.hint
    assert "secret" not in str(refusal.value)


def an_aws_cloud(folder: Path, **changes: str) -> Binding:
    (folder / "config").write_text("[profile gy-c]\nregion = cn-northwest-1\n" + changes.pop("config", ""))
    (folder / "credentials").write_text("[gy-c]\naws_access_key_id = a\naws_secret_access_key = b\n")
    files = {"config_file": str(folder / "config"), "credentials_file": str(folder / "credentials")}
    return Binding("gy-c", CloudKind.AWS, profile="gy-c", **files | changes)


@pytest.mark.parametrize("named", ["in the estate", "in the profile"])
def test_an_aws_cloud_in_plain_text_is_refused_before_anything_is_sent(tmp_path: Path, named: str) -> None:
    if named == "in the estate":
        binding = an_aws_cloud(tmp_path, endpoint=ELSEWHERE)
    else:
        binding = an_aws_cloud(tmp_path, config=f"endpoint_url = {ELSEWHERE}\n")

    with pytest.raises(Refused, match=r"cloud gy-c: http://192\.0\.2\.7:8774"):
        AwsApi(binding).ask("list servers", lambda client: client.describe_instances())


def an_openstack_cloud(folder: Path, auth_url: str, **more: Any) -> Binding:
    auth = {"auth_url": auth_url, "username": "u", "password": "p", "project_name": "p"} | {
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
    clouds = {"clouds": {"bj-a": {"auth": auth, "region_name": "bj-a", **more}}}
    (folder / "clouds.yaml").write_text(json.dumps(clouds))
    return Binding("bj-a", CloudKind.OPENSTACK, entry="bj-a", clouds_file=str(folder / "clouds.yaml"))


def test_an_openstack_cloud_in_plain_text_is_refused_before_the_password_is_sent(tmp_path: Path) -> None:
    binding = an_openstack_cloud(tmp_path, "http://192.0.2.7:5000/v3")

    with pytest.raises(Refused, match=r"cloud bj-a: http://192\.0\.2\.7:5000"):
        OpenStackApi(binding).ask("list servers", lambda cloud: list(cloud.compute.servers()))


@pytest.mark.parametrize("off", [{"verify": False}, {"insecure": True}, {"verify": ""}])
def test_a_cloud_whose_certificate_nobody_looks_at_is_refused(tmp_path: Path, off: dict[str, Any]) -> None:
    binding = an_openstack_cloud(tmp_path, "https://192.0.2.7:5000/v3", **off)

    with pytest.raises(Refused, match="look at its certificate") as refusal:
        OpenStackApi(binding).ask("list servers", lambda cloud: list(cloud.compute.servers()))

    assert "cacert" in refusal.value.hint


@pytest.mark.parametrize("wrong", [{"cacert": "/nowhere/ca.pem"}, {"verify": "false"}])
def test_authorities_that_are_not_there_are_named(tmp_path: Path, wrong: dict[str, Any]) -> None:
    binding = an_openstack_cloud(tmp_path, "https://192.0.2.7:5000/v3", **wrong)

    with pytest.raises(
        Invalid, match=r"there is no file (/nowhere/ca\.pem|false) of certificate authorities"
    ):
        OpenStackApi(binding).ask("list servers", lambda cloud: list(cloud.compute.servers()))


@contextmanager
def an_identity_service(compute: str, moved: str = "") -> Iterator[str]:
    """A keystone on this machine whose catalog names an address of compute; or that has moved elsewhere."""

    class Identity(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here = f"http://{self.headers['Host']}/v3/"
            self._say(
                200,
                {"version": {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": here}]}},
            )

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if moved:
                self.send_response(307)
                self.send_header("Location", moved)
                self.end_headers()
                return
            point = {"interface": "public", "region": "bj-a", "region_id": "bj-a", "url": compute, "id": "1"}
            catalog = [{"type": "compute", "name": "nova", "id": "1", "endpoints": [point]}]
            token = {
                "catalog": catalog,
                "methods": ["password"],
                "expires_at": "2999-01-01T00:00:00.000000Z",
            } | {
                "user": {"id": "u", "name": "u", "domain": {"id": "d", "name": "Default"}},
                "project": {"id": "p", "name": "p", "domain": {"id": "d", "name": "Default"}},
                "issued_at": "2026-01-01T00:00:00.000000Z",
            }
            self._say(201, {"token": token}, {"X-Subject-Token": "t"})

        def _say(self, status: int, document: object, headers: dict[str, str] | None = None) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Identity) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v3"
        server.shutdown()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> str:
    """A proxy on another machine, which the environment names for everything."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.9:3128")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return "http://192.0.2.9:3128"


@pytest.mark.enable_socket
def test_no_proxy_carries_what_is_for_this_machine_elsewhere(tmp_path: Path, proxy: str) -> None:
    assert proxy
    with an_identity_service("http://127.0.0.1:9/v2.1") as auth_url:
        api = OpenStackApi(an_openstack_cloud(tmp_path, auth_url))

        with pytest.raises(CmpError, match=r"127\.0\.0\.1") as refusal:
            api.ask("list servers", lambda cloud: list(cloud.compute.servers()))

    assert "192.0.2.9" not in str(refusal.value)


@pytest.mark.enable_socket
def test_no_proxy_carries_the_keys_of_an_aws_lab_elsewhere(tmp_path: Path, proxy: str) -> None:
    assert proxy
    api = AwsApi(an_aws_cloud(tmp_path, endpoint="http://127.0.0.1:9"))

    with pytest.raises(TryLater, match=r"127\.0\.0\.1") as refusal:
        api.ask("list servers", lambda client: client.describe_instances())

    assert "192.0.2.9" not in str(refusal.value)


@pytest.mark.enable_socket
def test_an_address_of_the_catalog_is_no_better_than_one_of_the_settings(tmp_path: Path) -> None:
    with an_identity_service(f"{ELSEWHERE}/v2.1") as auth_url:
        api = OpenStackApi(an_openstack_cloud(tmp_path, auth_url))

        with pytest.raises(Refused, match=r"cloud bj-a: http://192\.0\.2\.7:8774"):
            api.ask("list servers", lambda cloud: list(cloud.compute.servers()))


@pytest.mark.enable_socket
def test_a_redirect_into_plain_text_is_not_followed(tmp_path: Path) -> None:
    with an_identity_service("", moved="http://192.0.2.8:5000/v3/auth/tokens") as auth_url:
        api = OpenStackApi(an_openstack_cloud(tmp_path, auth_url))

        with pytest.raises(Refused, match=r"cloud bj-a: http://192\.0\.2\.8:5000"):
            api.ask("list servers", lambda cloud: list(cloud.compute.servers()))
