"""A kubeconfig is read for addresses, certificates and tokens; what does more is refused before anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cmp.clouds.binding import Binding
from cmp.clouds.kubernetes.access import own_file, read_access
from cmp.errors import Invalid, Refused
from cmp.model.estate import CloudKind

AUTHORITY = base64.b64encode(b"certificate").decode()
Write = Callable[..., Binding]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an access file with one context and gives the binding that names it."""

    def file(
        cluster: Mapping[str, Any] | None = None,
        user: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        **whole: Any,
    ) -> Binding:
        reached = {"server": "https://192.0.2.1:6443", "certificate-authority-data": AUTHORITY}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {**reached, **(cluster or {})}}],
            "users": [{"name": "u", "user": user if user is not None else {"token": "sesame"}}],
            "contexts": [{"name": "bj-a", "context": {"cluster": "c", "user": "u", **(context or {})}}],
            **whole,
        }
        path = tmp_path / "access" / "kubeconfig"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
        return binding(path)

    return file


def binding(path: Path | str, context: str = "bj-a") -> Binding:
    return Binding("bj-a-k8s", CloudKind.KUBERNETES, context=context, kubeconfig_file=str(path))


def test_values_are_read_and_written_into_a_file_of_our_own(write: Write) -> None:
    access = read_access(write(user={"token": "sesame"}))

    assert (access.server, access.token, access.authority) == ("https://192.0.2.1:6443", "sesame", AUTHORITY)
    assert "sesame" not in repr(access)
    ours = json.loads(own_file(access))
    assert ours["users"] == [{"name": "bj-a", "user": {"token": "sesame"}}]
    assert set(ours["clusters"][0]["cluster"]) == {"server", "certificate-authority-data"}


@pytest.mark.parametrize(
    ("cluster", "user", "context", "said"),
    [
        ({}, {"exec": {"command": "touch", "args": ["x"]}}, {}, "exec runs a program"),
        ({}, {"auth-provider": {"name": "gcp"}}, {}, "auth-provider has keys fetched"),
        ({"insecure-skip-tls-verify": True}, None, {}, "takes any certificate"),
        ({"proxy-url": "http://proxy.example.org"}, None, {}, "sends everything through another machine"),
        ({}, {"token": "t", "as": "admin"}, {}, "acts as somebody else"),
        ({}, {"token": "t", "as-groups": ["system:masters"]}, {}, "acts as somebody else"),
        ({}, {"username": "u", "password": "p"}, {}, "is a password"),
        ({"tls-server-name": "other.example.org"}, None, {}, "is nothing that clients are known to read"),
        ({}, {"token": "t", "execs": {}}, {}, "is nothing that clients are known to read"),
        ({}, None, {"exec": "x"}, "exec runs a program"),
    ],
)
def test_what_does_more_than_reach_a_cluster_is_refused_by_its_key_and_file(
    write: Write, cluster: Mapping[str, Any], user: Mapping[str, Any], context: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=rf"{said}.*nothing was run or asked") as refusal:
        read_access(write(cluster, user, context))

    assert "kubeconfig" in str(refusal.value)
    assert "bj-a-k8s" in str(refusal.value)


def test_what_other_contexts_do_concerns_nobody(write: Write, tmp_path: Path) -> None:
    bound = write()
    path = Path(bound.kubeconfig_file)
    content = json.loads(path.read_text())
    content["users"].append({"name": "v", "user": {"exec": {"command": "x"}}})
    content["current-context"] = "elsewhere"
    path.write_text(json.dumps(content))

    assert read_access(bound).token == "sesame"  # noqa: S105 - of this test


@pytest.mark.parametrize("name", ["tokenFile", "client-certificate"])
@pytest.mark.parametrize("way", ["/etc/hostname", "../outside", "link"])
def test_a_file_outside_its_folder_is_not_read(write: Write, tmp_path: Path, name: str, way: str) -> None:
    (tmp_path / "outside").write_text("sesame")
    bound = write(user={name: way, "client-key": way})
    (tmp_path / "access" / "link").symlink_to(tmp_path / "outside")

    with pytest.raises(Refused, match="outside its folder: not read"):
        read_access(bound)


def test_files_beside_it_are_read(write: Write, tmp_path: Path) -> None:
    bound = write(
        {"certificate-authority": "ca.crt", "certificate-authority-data": ""}, {"tokenFile": "token"}
    )
    (tmp_path / "access" / "ca.crt").write_bytes(b"authority")
    (tmp_path / "access" / "token").write_text("sesame\n")

    access = read_access(bound)

    assert base64.b64decode(access.authority) == b"authority"
    assert access.token == "sesame"  # noqa: S105 - of this test


@pytest.mark.parametrize(
    ("cluster", "user", "kind", "said"),
    [
        ({"server": "http://192.0.2.1:8080"}, None, Refused, "in plain text"),
        ({"certificate-authority-data": ""}, None, Invalid, "names no authority"),
        ({"certificate-authority-data": "%%%"}, None, Invalid, "is no base64"),
        ({}, {}, Invalid, "neither a token nor a client certificate"),
        ({}, {"client-certificate-data": AUTHORITY}, Invalid, "neither a token nor a client certificate"),
    ],
)
def test_what_cannot_be_trusted_or_used_is_said(
    write: Write, cluster: Mapping[str, Any], user: Mapping[str, Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        read_access(write(cluster, user))


@pytest.mark.parametrize("text", ["", "[1, 2]", "a: [", "kind: Pod", "\x00"])
def test_what_is_no_access_file_is_said_plainly(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)

    with pytest.raises(Invalid, match="bj-a-k8s"):
        read_access(binding(path))


def test_a_context_that_is_not_there_is_told_with_those_that_are(write: Write) -> None:
    with pytest.raises(Invalid, match="no context bj-b") as refusal:
        read_access(binding(write().kubeconfig_file, "bj-b"))

    assert "bj-a" in refusal.value.hint


def test_a_missing_file_and_several_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid, match="cannot be read: No such file"):
        read_access(binding(tmp_path / "none"))
    monkeypatch.setenv("KUBECONFIG", "/a/one:/a/two")
    with pytest.raises(Invalid, match="names several files"):
        read_access(binding(""))


def test_the_shell_names_the_file_and_nothing_else(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bound = write()
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "strangers"))

    assert read_access(bound).context == "bj-a"
