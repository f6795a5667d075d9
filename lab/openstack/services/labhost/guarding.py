"""Keeps web pages away from a server on the loopback address: they reach it through any browser here.

A page can have a browser send requests to any port of its machine, and lead a name of its own to 127.0.0.1 to
read the answers too (DNS rebinding). A browser says where it was led, in Host, and who had it ask, in Origin
and Sec-Fetch-Site (Fetch standard); the lab's clients say the address alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""

NAMES = ("127.0.0.1", "localhost")
_OWN_SITE = ("same-origin", "none")


class Guarded:
    """A WSGI application that only clients reach who call this very server by its address."""

    def __init__(self, application: Application, port: int) -> None:
        self._application = application
        self._hosts = tuple(f"{name}:{port}" for name in NAMES)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as the application does, or refuse in a sentence."""
        if reason := self.objection(environ):
            return refuse(start_response, reason)
        return self._application(environ, start_response)

    def objection(self, environ: Mapping[str, Any]) -> str:
        """Why a request is refused; empty for one that is not."""
        if environ.get("HTTP_HOST", "") not in self._hosts:
            return f"this lab is asked by {self._hosts[0]} alone: the Host header names something else"
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            return "a page of another origin asks: this lab answers none"
        if environ.get("HTTP_SEC_FETCH_SITE", "none") not in _OWN_SITE:
            return "a page of another site had a browser ask: this lab answers none"
        return ""


def refuse(start_response: Callable[..., Any], reason: str) -> Iterable[bytes]:
    """Answer 403 with a sentence."""
    content = f"{reason}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(content)))]
    start_response("403 Forbidden", headers)
    return [content]
