"""Stands between a client and a real service and lets it fail: it stops answering, or its clock is wrong."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP = {"connection", "host", "transfer-encoding", "content-length", "keep-alive"}
"""Headers that belong to one connection, not to the answer."""

Fault = Callable[[BaseHTTPRequestHandler, int], bool]
"""Takes a request and its number, from 1; answers it and is true, or leaves it to the real service."""


@contextmanager
def in_front_of(service: str, fault: Fault) -> Iterator[str]:
    """Pass requests on to a service, but for those that the fault takes; gives the address to use instead."""
    parts = urlsplit(service)
    lock, seen = threading.Lock(), [0]

    class Passing(BaseHTTPRequestHandler):
        def answer(self) -> None:
            with lock:
                seen[0] += 1
                number = seen[0]
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not fault(self, number):
                _pass_on(self, parts.netloc, body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names the server looks for

        def log_message(self, *_words: object) -> None:
            """Tell nobody."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{parts.path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def silent_after(answers: int) -> Fault:
    """Answer so many requests, then hang up on every other, as a cloud does that is lost."""

    def hang_up(request: BaseHTTPRequestHandler, number: int) -> bool:
        request.close_connection = True
        return number > answers

    return hang_up


def clock_says(date: str) -> Fault:
    """Refuse every token, as a service does whose clock is at another moment than the identity service's."""

    def refuse(request: BaseHTTPRequestHandler, _number: int) -> bool:
        request.send_response_only(401)
        request.send_header("Date", date)
        request.send_header("Content-Length", "0")
        request.end_headers()
        return True

    return refuse


def _pass_on(request: BaseHTTPRequestHandler, netloc: str, body: bytes) -> None:
    line = http.client.HTTPConnection(netloc, timeout=60)
    try:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        line.request(request.command, request.path, body, headers)
        answer = line.getresponse()
        content = answer.read()
        request.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)
    finally:
        line.close()
