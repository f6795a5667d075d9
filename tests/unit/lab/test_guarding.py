"""No web page reaches a server of the labs, and moto's own API answers the lab alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from lab.aws.serving import ASK_FOR_KEYS, SECRET_HEADER, Locked
from lab.openstack.services.labhost.guarding import Guarded

PORT = 15101
OWN = f"127.0.0.1:{PORT}"
SECRET = "5ec4e7"  # noqa: S105 - of no lab
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/cn-northwest-1/ec2/aws4_request, …"
UNCHECKED = ("AWSCognitoIdentityService.GetId",)


def anything(_environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
    """An application that answers everybody."""
    start_response("200 OK", [])
    return [b"answered"]


def ask(application: Any, path: str = "/", host: str | None = OWN, **headers: str) -> tuple[int, str]:
    """Ask an application as a WSGI server does; the status, and what came."""
    said: list[str] = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET"}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    if host is not None:
        environ["HTTP_HOST"] = host
    content = b"".join(application(environ, lambda status, _headers: said.append(status)))
    return int(said[0].split()[0]), content.decode()


@pytest.mark.parametrize("host", [OWN, f"localhost:{PORT}"])
def test_a_client_that_calls_the_address_is_answered(host: str) -> None:
    assert ask(Guarded(anything, PORT), host=host) == (200, "answered")


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        f"evil.example:{PORT}",
        f"{OWN}.evil.example",
        f"127.0.0.1.evil.example:{PORT}",
        "127.0.0.1",
        "127.0.0.1:80",
        f"127.0.0.1:{PORT}0",
        f"127.0.0.2:{PORT}",
        f"LOCALHOST.evil.example:{PORT}",
        f"{OWN}, evil.example",
        f"evil.example@{OWN}",
        f"{OWN} ",
        f"{OWN}/",
        f"2130706433:{PORT}",
        f"0x7f.1:{PORT}",
        f"0.0.0.0:{PORT}",
        f"[::ffff:127.0.0.1]:{PORT}",
        f"localhost.:{PORT}",
    ],
)
def test_a_host_that_is_not_this_one_is_refused(host: str | None) -> None:
    status, said = ask(Guarded(anything, PORT), host=host)

    assert (status, "Host" in said) == (403, True)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        f"http://evil.example:{PORT}",
        "http://127.0.0.1",
        "http://localhost:3000",
        f"https://{OWN}",
        f"http://{OWN}.evil.example",
        "file://",
        "chrome-extension://abc",
    ],
)
def test_a_page_of_another_origin_is_refused(origin: str) -> None:
    assert ask(Guarded(anything, PORT), Origin=origin)[0] == 403


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("none", 200)])
def test_a_picture_in_a_foreign_page_asks_without_an_origin_and_is_refused(site: str, status: int) -> None:
    assert ask(Guarded(anything, PORT), **{"Sec-Fetch-Site": site})[0] == status


def locked(*, made: bool = True) -> Locked:
    """A lab's door; of a lab that is made, moto asks for keys already."""
    door = Locked(anything, PORT, SECRET, UNCHECKED)
    if made:
        assert ask(door, ASK_FOR_KEYS, **{SECRET_HEADER: SECRET})[0] == 200
    return door


@pytest.mark.parametrize(
    "path",
    [
        "/moto-api/",
        "/moto-api",
        "/moto-api/reset",
        "/moto-api/reset-auth",
        "/moto-api/data.json",
        "//moto-api/reset",
        "/MOTO-API/reset",
        "/x/../moto-api/reset",
        "/moto-api/config",
        "/moto-api/recorder/download-recording",
    ],
)
@pytest.mark.parametrize("said", ["", "wrong", SECRET[:-1], f"{SECRET}0", SECRET.upper(), "\xe9"])
def test_the_own_api_of_moto_wants_the_secret_of_the_lab(path: str, said: str) -> None:
    status, sentence = ask(locked(), path, Authorization=SIGNED, **{SECRET_HEADER: said})

    assert (status, "secret" in sentence) == (403, True)


def test_the_lab_itself_is_let_in() -> None:
    assert ask(locked(), "/moto-api/reset", **{SECRET_HEADER: SECRET})[0] == 200


@pytest.mark.parametrize("wrong", [{"host": f"evil.example:{PORT}"}, {"Origin": "https://evil.example"}])
def test_the_secret_opens_no_door_to_a_page(wrong: dict[str, str]) -> None:
    assert ask(locked(), "/moto-api/reset", **{SECRET_HEADER: SECRET} | wrong)[0] == 403  # type: ignore[arg-type]


def test_until_keys_are_asked_for_nobody_else_is_let_in() -> None:
    door = locked(made=False)

    assert ask(door, Authorization=SIGNED)[0] == 403
    assert ask(door, ASK_FOR_KEYS, Authorization=SIGNED)[0] == 403
    assert ask(door, Authorization=SIGNED)[0] == 403
    assert ask(door, ASK_FOR_KEYS, **{SECRET_HEADER: SECRET})[0] == 200
    assert ask(door, Authorization=SIGNED)[0] == 200


@pytest.mark.parametrize("said", ["", "Basic YTpi", "Bearer x", "AWS4-HMAC-SHA256"])
def test_what_is_not_signed_does_not_reach_moto(said: str) -> None:
    assert ask(locked(), Authorization=said)[0] == 403


def test_what_moto_would_do_without_a_look_at_keys_is_refused() -> None:
    assert ask(locked(), Authorization=SIGNED, **{"X-Amz-Target": UNCHECKED[0]})[0] == 403
    assert ask(locked(), Authorization=SIGNED, **{"X-Amz-Target": "DynamoDB_20120810.ListTables"})[0] == 200
