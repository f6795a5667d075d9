"""Makes a lab's keys once: the operator's, one host key for all nodes, and the routers' shared secret."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lab.folder import write_private
from lab.hosts.contents import Keys

_ROUTING_BYTES = 8
_NAMES_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where a lab's keys lie."""

    folder: Path

    @property
    def operator(self) -> Path:
        """The private key by which all nodes let the operator in."""
        return self.folder / "operator_key"

    @property
    def known_hosts(self) -> Path:
        """What ssh has to know: every node has the same host key, at whatever address it is."""
        return self.folder / "known_hosts"

    @property
    def host(self) -> Path:
        """The nodes' private host key."""
        return self.folder / "host_key"

    @property
    def routing(self) -> Path:
        """The secret by which routers know each other."""
        return self.folder / "routing_key"

    @property
    def names(self) -> Path:
        """The secret by which the zone may be updated."""
        return self.folder / "names_key"


def keys_of(files: KeyFiles) -> Keys:
    """Read the keys of a lab; those that are missing are made."""
    files.folder.mkdir(parents=True, exist_ok=True)
    operator, host = _pair(files.operator), _pair(files.host)
    if not files.routing.exists():
        write_private(files.routing, secrets.token_hex(_ROUTING_BYTES))
    files.known_hosts.write_text(f"* {host}\n")
    return Keys(f"{operator}\n", files.host.read_text(), files.routing.read_text(), names_key(files))


def names_key(files: KeyFiles) -> str:
    """The secret by which a lab's zone may be updated (TSIG, RFC 8945), made where it is missing."""
    if not files.names.exists():
        write_private(files.names, base64.b64encode(secrets.token_bytes(_NAMES_BYTES)).decode())
    return files.names.read_text()


def _pair(path: Path) -> str:
    """The public half, in OpenSSH's words, of the private key in a file."""
    if not path.exists():
        fresh = Ed25519PrivateKey.generate()
        secret = fresh.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        write_private(path, secret.decode())
    key = serialization.load_ssh_private_key(path.read_bytes(), password=None)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return public.decode()
