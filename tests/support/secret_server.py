"""A server of secrets as OpenBao and Vault answer (key-value engine, version 2), on the loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TOKEN = "s.0123456789"  # noqa: S105 - a server of a test knows it


@dataclass
class SecretServer:
    """What it holds: every version of each path; one that was deleted is None. `sealed` answers nothing."""

    versions: dict[str, list[dict[str, Any] | None]] = field(default_factory=dict)
    sealed: bool = False
    denied: frozenset[str] = frozenset()
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and namespace of each question."""
    address: str = ""

    def answer(self, method: str, path: str, token: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and document, as the API's reference has them."""
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if token != TOKEN or path in self.denied:
            return 403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]}
        mine = self.versions.get(path, [])
        if method in {"POST", "PUT"}:
            self.versions[path] = [*mine, body["data"]]
            return 200, {"data": _metadata(len(mine) + 1)}
        if not mine:
            return 404, {"errors": []}
        if mine[-1] is None:
            deleted = _metadata(len(mine)) | {"deletion_time": "2026-11-24T08:00:00.0Z"}
            return 404, {"data": {"data": None, "metadata": deleted}}
        return 200, {"data": {"data": mine[-1], "metadata": _metadata(len(mine))}}


def _metadata(version: int) -> dict[str, Any]:
    return {
        "created_time": "2026-11-24T08:00:00.0Z",
        "deletion_time": "",
        "destroyed": False,
        "version": version,
    }


@contextmanager
def a_secret_server() -> Iterator[SecretServer]:
    """A server for as long as the block runs, with nothing in it."""
    held = SecretServer()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            held.asked.append((self.command, self.path, self.headers.get("X-Vault-Namespace", "")))
            status, document = held.answer(
                self.command, self.path, self.headers.get("X-Vault-Token", ""), body
            )
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 - http.server asks for these names

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
