"""Answers in a cluster's stead and has the trouble it is told to: 429, 503, 404, silence, a late answer.

It ends the TLS of clients with the cluster's own certificate and asks the cluster with what they brought, so
that only accounts with tokens come through. Rules lie in a file, which is read anew whenever it changes.
"""

from __future__ import annotations

import json
import re
import signal
import ssl
import sys
import threading
from collections import Counter
from dataclasses import asdict, dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import sleep  # noqa: TID251 - it plays a server that answers late

from lab.folder import write_private
from lab.kubernetes.layout import Place
from lab.ports import ADDRESS

_DROPPED = {"connection", "transfer-encoding", "content-length", "keep-alive"}
_PIECE = 65536
_WATCH_SECONDS = 700.0
_REASONS = {429: "TooManyRequests", 503: "ServiceUnavailable", 404: "NotFound", 401: "Unauthorized"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of trouble: requests whose 'VERB /path?query' matches, after so many, so many times.

    `status` is what is answered; 0: nothing is, the line stays open. `seconds` is how long an answer waits.
    `done` has the cluster asked all the same: what was made is answered as if it were not. `times` is how
    often; 0: always. With `seconds` and the status -1 the true answer comes, late.
    """

    matches: str = ""
    status: int = 503
    seconds: float = 0.0
    after: int = 0
    times: int = 0
    done: bool = False


def write(place: Place, troubles: tuple[Trouble, ...]) -> None:
    """Say which trouble a cluster has from now on; counting begins anew."""
    write_private(place.trouble, json.dumps([asdict(each) for each in troubles]))


class _Rules:
    """The rules as the file has them, and how often each was met; shared by all lines, so it has a lock."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._read = 0
        self._troubles: tuple[Trouble, ...] = ()
        self._met: Counter[int] = Counter()

    def for_request(self, said: str) -> Trouble | None:
        """The trouble that a request meets; None where it has none."""
        with self._lock:
            self._refresh()
            for number, trouble in enumerate(self._troubles):
                if re.search(trouble.matches, said):
                    self._met[number] += 1
                    met = self._met[number] - trouble.after
                    if met > 0 and (not trouble.times or met <= trouble.times):
                        return trouble
        return None

    def _refresh(self) -> None:
        try:
            written = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            self._troubles = ()
            return
        if written != self._read:
            self._troubles = tuple(Trouble(**each) for each in json.loads(self._path.read_text()))
            self._read, self._met = written, Counter()


def server(place: Place) -> ThreadingHTTPServer:
    """The server of one cluster, which listens on the loopback address."""
    rules, trust = _Rules(place.trouble), ssl.create_default_context(cafile=str(place.keys / "ca.crt"))

    class Handler(_Handler):
        cluster, troubles, towards = place, rules, trust

    found = ThreadingHTTPServer((ADDRESS, place.trouble_port), Handler)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(place.keys / "server.crt", place.keys / "server.key")
    found.socket = own.wrap_socket(found.socket, server_side=True, do_handshake_on_connect=False)
    found.daemon_threads = True
    return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: Place
    troubles: _Rules
    towards: ssl.SSLContext

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0))
        trouble = self.troubles.for_request(f"{self.command} {self.path}")
        if trouble is None:
            self._pass_on(body)
            return
        sys.stderr.write(f"{self.command} {self.path}: {trouble}\n")
        if trouble.done:
            line = self._ask(body)
            line.getresponse().read()
            line.close()
        if trouble.status == 0:
            threading.Event().wait(trouble.seconds or _WATCH_SECONDS)
            self.close_connection = True
            return
        sleep(trouble.seconds)
        if trouble.status < 0:
            self._pass_on(body)
        else:
            self._refuse(trouble.status)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names of the base class

    def _pass_on(self, body: bytes) -> None:
        try:
            line = self._ask(body)
        except (OSError, HTTPException):
            self._refuse(503)
            return
        try:
            self._answer(line.getresponse())
        finally:
            line.close()

    def _ask(self, body: bytes) -> HTTPSConnection:
        """Ask the cluster what the client asked; whoever waits for the answer reads it."""
        line = HTTPSConnection(ADDRESS, self.cluster.port, context=self.towards, timeout=_WATCH_SECONDS)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _DROPPED}
        headers.pop("Host", None)
        headers["Accept-Encoding"] = "identity"
        line.request(self.command, self.path, body or None, headers)
        return line

    def _answer(self, answer: HTTPResponse) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _DROPPED:
                self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := answer.read1(_PIECE):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, status: int) -> None:
        said = {
            "apiVersion": "v1",
            "kind": "Status",
            "status": "Failure",
            "code": status,
            "reason": _REASONS.get(status, ""),
            "message": f"the lab plays trouble: {status}",
        }
        text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if status in {429, 503}:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing of what went well."""


def main() -> None:
    """Serve one cluster until the process is asked to end."""
    folder, port, trouble_port = sys.argv[1:4]
    place = Place(Path(folder).name, Path(folder), int(port), int(trouble_port))
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    server(place).serve_forever()


if __name__ == "__main__":
    main()
