"""Access files say keys and addresses: they have nothing run or fetched, and the shell adds nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cmp.clouds.aws.api import Api as AwsApi
from cmp.clouds.binding import Binding
from cmp.clouds.openstack.access import read_region
from cmp.clouds.openstack.api import Api as OpenStackApi
from cmp.errors import CmpError, Invalid, Refused
from cmp.model.estate import CloudKind

KEYS = "aws_access_key_id = FILEKEY\naws_secret_access_key = b\n"
HERE = "https://ec2.gy-c.example"


def an_aws_cloud(folder: Path, config: str = "", keys: str = KEYS, **changes: str) -> Binding:
    (folder / "config").write_text(f"[profile gy-c]\nregion = cn-northwest-1\n{config}")
    (folder / "credentials").write_text(f"[gy-c]\n{keys}")
    files = {"config_file": str(folder / "config"), "credentials_file": str(folder / "credentials")}
    return Binding("gy-c", CloudKind.AWS, profile="gy-c", **files | changes)


def client_of(binding: Binding) -> Any:
    return AwsApi(binding).ask("look at the client", lambda client: client)


PROGRAMS_AND_STRANGERS = [
    "credential_process = touch {mark}",
    "credential_source = Ec2InstanceMetadata\nrole_arn = arn:aws-cn:iam::1:role/any",
    "credential_source = EcsContainer",
    "source_profile = other\nrole_arn = arn:aws-cn:iam::1:role/any",
    "web_identity_token_file = {mark}\nrole_arn = arn:aws-cn:iam::1:role/any",
    "sso_start_url = https://sso.example.org/start",
    "sso_session = corporate",
    "login_session = arn:aws-cn:iam::1:user/any",
]


@pytest.mark.parametrize("setting", PROGRAMS_AND_STRANGERS)
@pytest.mark.parametrize("where", ["config", "credentials"])
@pytest.mark.parametrize("keys", [KEYS, ""], ids=["beside keys", "instead of keys"])
def test_a_profile_whose_keys_come_from_elsewhere_is_refused(
    tmp_path: Path, setting: str, where: str, keys: str
) -> None:
    lines = setting.format(mark=tmp_path / "ran") + "\n"
    said = {"config": lines, "keys": keys} if where == "config" else {"keys": keys + lines}

    with pytest.raises(Refused, match=f"profile gy-c in .*/{where}: ") as refusal:
        client_of(an_aws_cloud(tmp_path, **said))

    assert any(line.split(" = ")[0] in str(refusal.value) for line in lines.splitlines())
    assert "aws_access_key_id" in refusal.value.hint
    assert not (tmp_path / "ran").exists()


def test_what_other_profiles_of_the_file_have_run_concerns_nobody(tmp_path: Path) -> None:
    binding = an_aws_cloud(tmp_path, f"[profile other]\ncredential_process = touch {tmp_path / 'ran'}\n")

    assert client_of(binding).meta.region_name == "cn-northwest-1"
    assert not (tmp_path / "ran").exists()


def test_a_profile_without_keys_asks_no_machine_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/keys")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "SHELLKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")

    with pytest.raises(Invalid, match="profile gy-c has no aws_access_key_id") as refusal:
        client_of(an_aws_cloud(tmp_path, keys=""))

    assert str(tmp_path / "credentials") in refusal.value.hint


def shout(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Variables of a shell that all say something else than the files."""
    for name, value in {
        "AWS_ENDPOINT_URL": "https://stranger.example",
        "AWS_ENDPOINT_URL_EC2": "https://stranger.example",
        "AWS_ACCESS_KEY_ID": "SHELLKEY",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_SESSION_TOKEN": "t",
        "AWS_PROFILE": "stranger",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_CA_BUNDLE": "/nowhere/ca.pem",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_DATA_PATH": str(folder),
        "AWS_CSM_ENABLED": "true",
        "AWS_CONFIG_FILE": str(folder / "strangers"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "strangers"),
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("config", "changes", "address"),
    [
        (f"endpoint_url = {HERE}\n", {}, HERE),
        (f"services = local\n[services local]\nec2 =\n  endpoint_url = {HERE}\n", {}, HERE),
        ("", {"endpoint": HERE}, HERE),
        ("endpoint_url = https://profile.example\n", {"endpoint": HERE}, HERE),
        ("", {}, "https://ec2.cn-northwest-1.amazonaws.com.cn"),
    ],
)
def test_variables_of_the_shell_change_nothing_for_an_aws_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, changes: dict[str, str], address: str
) -> None:
    shout(monkeypatch, tmp_path)

    client = client_of(an_aws_cloud(tmp_path, config, **changes))

    assert (client.meta.endpoint_url, client.meta.region_name) == (address, "cn-northwest-1")
    assert client._get_credentials().access_key == "FILEKEY"
    assert client._get_credentials().token is None


def test_the_shell_may_say_where_the_files_lie_where_nobody_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binding = an_aws_cloud(tmp_path, f"endpoint_url = {HERE}\n")
    shout(monkeypatch, tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", binding.config_file)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", binding.credentials_file)

    client = client_of(Binding("gy-c", CloudKind.AWS, profile="gy-c"))

    assert client.meta.endpoint_url == HERE


def an_openstack_cloud(folder: Path, entry: dict[str, Any], **rest: Any) -> Binding:
    auth = {"auth_url": "https://192.0.2.7:5000/v3", "username": "u", "password": "p", "project_name": "p"}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    clouds = {"clouds": {"bj-a": {"auth": auth | domains, "region_name": "bj-a", **entry}}, **rest}
    (folder / "clouds.yaml").write_text(json.dumps(clouds))
    return Binding("bj-a", CloudKind.OPENSTACK, entry="bj-a", clouds_file=str(folder / "clouds.yaml"))


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that nobody declared, and what it was asked."""
    asked: list[str] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            content = json.dumps({"name": "any", "profile": {"auth": {"auth_url": HERE}}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.enable_socket
@pytest.mark.parametrize("key", ["profile", "cloud"])
@pytest.mark.parametrize("place", ["clouds.yaml", "secure.yaml"])
def test_a_vendors_settings_are_not_fetched(
    tmp_path: Path, stranger: tuple[str, list[str]], key: str, place: str
) -> None:
    url, asked = stranger
    binding = an_openstack_cloud(tmp_path, {key: url} if place == "clouds.yaml" else {})
    if place == "secure.yaml":
        (tmp_path / place).write_text(json.dumps({"clouds": {"bj-a": {key: url}}}))

    with pytest.raises(Refused, match=rf"clouds\.bj-a\.{key} in .*{place}") as refusal:
        OpenStackApi(binding).ask("list servers", lambda cloud: list(cloud.compute.servers()))

    assert "auth.auth_url" in refusal.value.hint
    assert asked == []


@pytest.mark.parametrize("vendor", ["https://profiles.example.org", "vexxhost", "ovh", "nobodys"])
def test_a_vendor_whose_settings_are_not_at_hand_is_refused(tmp_path: Path, vendor: str) -> None:
    with pytest.raises(Refused, match=r"clouds\.bj-a\.profile"):
        read_region(an_openstack_cloud(tmp_path, {"profile": vendor}), 60)


def test_a_vendor_that_the_client_brings_along_is_taken(tmp_path: Path) -> None:
    region = read_region(an_openstack_cloud(tmp_path, {"profile": "catalyst"}), 60)

    assert region.config["auth"]["auth_url"] == "https://192.0.2.7:5000/v3"


@pytest.mark.parametrize(
    "entry",
    [
        {"auth_type": "v3oidcpassword"},
        {"auth_type": "v3websso"},
        {"auth_type": "v3kerberos"},
        {"auth_type": "somebodys_plugin"},
        {"auth_type": "none"},
        {"regions": [{"name": "bj-a", "values": {"auth_type": "v3adfspassword"}}]},
    ],
)
def test_a_login_that_asks_others_is_refused(tmp_path: Path, entry: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"clouds\.bj-a\.auth_type in .*clouds\.yaml") as refusal:
        read_region(an_openstack_cloud(tmp_path, entry), 60)

    assert "v3applicationcredential" in refusal.value.hint


@pytest.mark.parametrize(
    ("rest", "key"),
    [
        ({"cache": {"class": "dogpile.cache.dbm", "arguments": {"filename": "kept"}}}, r"cache\.class"),
        ({"cache": {"auth": True}}, r"cache\.auth"),
        ({"metrics": {"statsd": {"host": "stranger.example"}}}, "metrics"),
    ],
)
def test_settings_of_all_clouds_run_and_send_nothing(tmp_path: Path, rest: dict[str, Any], key: str) -> None:
    with pytest.raises(Refused, match=f"cloud bj-a: {key} in .*clouds.yaml"):
        read_region(an_openstack_cloud(tmp_path, {}, **rest), 60)


def test_variables_of_the_shell_change_nothing_for_an_openstack_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binding = an_openstack_cloud(tmp_path, {})
    for name, value in {
        "OS_CLOUD": "stranger",
        "OS_CLOUD_NAME": "bj-a",
        "OS_AUTH_URL": "https://stranger.example/v3",
        "OS_AUTH_TYPE": "v3oidcpassword",
        "OS_USERNAME": "s",
        "OS_REGION_NAME": "elsewhere",
        "STATSD_HOST": "stranger.example",
    }.items():
        monkeypatch.setenv(name, value)
    given = read_region(binding, 60)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", binding.clouds_file)
    sought = read_region(Binding("bj-a", CloudKind.OPENSTACK, entry="bj-a"), 60)

    for region in (given, sought):
        assert region.config["auth"]["auth_url"] == "https://192.0.2.7:5000/v3"
        assert region.config["auth"]["username"] == "u"
        assert (region.region_name, region.config["auth_type"]) == ("bj-a", "password")


def test_a_cloud_that_only_the_shell_describes_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"OS_CLOUD_NAME": "bj-b", "OS_AUTH_URL": HERE, "OS_USERNAME": "u"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", an_openstack_cloud(tmp_path, {}).clouds_file)

    with pytest.raises(CmpError, match="bj-b was not found"):
        OpenStackApi(Binding("bj-b", CloudKind.OPENSTACK, entry="bj-b")).ask("log in", lambda cloud: cloud)
