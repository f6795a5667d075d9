"""Takes notices as people's own servers do: an HTTP server and a mail server on loopback."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer


@dataclass
class Inbox:
    """What came, and what is answered next; the last answer stays."""

    port: int = 0
    answers: list[int] = field(default_factory=lambda: [200])
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def take(self, heads: dict[str, str], body: bytes) -> int:
        """Note a message down, and answer it."""
        self.came.append((heads, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def web_inbox() -> Iterator[Inbox]:
    """An HTTP server that takes what is posted."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(inbox.take({"path": self.path, **dict(self.headers.items())}, body))
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server, _serving(server):
        inbox.port = server.server_address[1]
        yield inbox


@contextmanager
def mail_inbox() -> Iterator[Inbox]:
    """A mail server (RFC 5321) as small as one can be; it answers the message with the code it is told."""
    inbox = Inbox(answers=[250])

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 inbox")
            heads: dict[str, str] = {"to": ""}
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                if verb == "QUIT":
                    self._say("221 bye")
                    return
                if verb == "RCPT":
                    heads["to"] += line.partition(":")[2].split()[0]
                if verb == "DATA":
                    self._say("354 go on")
                    self._say(f"{inbox.take(heads, self._message())} taken")
                else:
                    self._say("250 well")

        def _message(self) -> bytes:
            lines = list[bytes]()
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            return b"".join(lines)

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server, _serving(server):
        inbox.port = server.server_address[1]
        yield inbox


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
