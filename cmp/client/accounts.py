"""Logs in at a service and out again; a token is kept in a file that nobody else can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from cmp.client.use_cases import Remote
from cmp.errors import Invalid


def log_in(remote: Remote, token: str) -> Mapping[str, Any]:
    """Keep a token that the service knows; answers with whom it stands for.

    Raises:
        Invalid: there is none.
        CmpError: the service does not know it.
    """
    if not token:
        raise Invalid("there is no token on standard input", hint="a security administrator makes one")
    asking = replace(remote.speaking, token=token)
    me = cast("Mapping[str, Any]", asking.get("/v1/me"))
    remote.memory.log_in(asking.url, token)
    return me


def redeem(remote: Remote, code: str, name: str) -> Mapping[str, Any]:
    """Make the account of a first administrator by a one-time code, and keep its token."""
    made = replace(remote.speaking, token="").post("/v1/codes/redeem", {"code": code, "name": name})
    return log_in(remote, made["token"])


def log_out(remote: Remote) -> None:
    """End the token there, and forget it here."""
    remote.speaking.delete("/v1/me/token")
    remote.memory.log_out()
