"""Asks a server for the secrets of a team: OpenBao or Vault, by version 2 of its key-value engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from cmp.errors import Invalid, Refused, TryLater
from cmp.sentences import Sentence
from cmp.store.sealed_secrets import name_in

if TYPE_CHECKING:
    import hvac

FIELD: Final = "value"
"""The field of an entry that holds the secret."""
PATIENCE: Final = 10
"""Seconds for which the server is waited for."""
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class VaultSecrets:
    """Secrets on a server; `secret://SCOPE/NAME` is the field `value` of MOUNT/PREFIX/SCOPE/NAME.

    `authority` is a file of certificates by which the server's own is checked; None: those of the machine.
    """

    address: str
    token: str = field(repr=False)
    mount: str = "secret"
    prefix: str = "tricenter"
    namespace: str = ""
    authority: str | None = None

    def __post_init__(self) -> None:
        """Refuse an address by which secrets would be sent in clear.

        Raises:
            Invalid: it is no URL, has no host, or is plain HTTP to another machine.
        """
        parts = urlsplit(self.address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Invalid(
                Sentence("{address} is no address of a server of secrets", address=f"{self.address!r:.80}"),
                hint="such as https://bao:8200",
            )
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise Invalid(
                Sentence("secrets are not sent in clear: {address}", address=f"{self.address:.80}"),
                hint="use https://",
            )

    def reveal(self, reference: str) -> str:
        """The newest version of the secret."""
        with self._asked(reference) as client:
            answer: Any = client.secrets.kv.v2.read_secret_version(
                path=self._path(reference), mount_point=self.mount, raise_on_deleted_version=True
            )
        try:
            secret = answer["data"]["data"][FIELD]
        except (KeyError, TypeError):
            secret = None
        if not isinstance(secret, str) or not secret:
            raise Invalid(
                Sentence(
                    "the secret {reference} has no text in its field `{FIELD}` on {address}",
                    reference=reference,
                    FIELD=FIELD,
                    address=self.address,
                )
            ) from None  # the cause would show other fields of it
        return secret

    def keep(self, reference: str, secret: str) -> None:
        """Write another version of the secret."""
        if not secret:
            raise Invalid(Sentence("an empty secret is none: {reference}", reference=reference))
        with self._asked(reference) as client:
            client.secrets.kv.v2.create_or_update_secret(
                path=self._path(reference), secret={FIELD: secret}, mount_point=self.mount
            )

    def _path(self, reference: str) -> str:
        return f"{self.prefix}/{name_in(reference)}"

    @contextmanager
    def _asked(self, reference: str) -> Iterator[hvac.Client]:
        """A client; what the server refuses becomes a sentence without a word of its answer.

        Raises:
            Invalid: there is no such secret.
            Refused: the token is not good for it.
            TryLater: the server is not to be reached, sealed, or busy.
        """
        import hvac  # noqa: PLC0415 - one person asks no server
        from hvac.exceptions import Forbidden, InvalidPath, Unauthorized, VaultError  # noqa: PLC0415
        from requests.exceptions import RequestException  # noqa: PLC0415

        name_in(reference)
        about = {"address": self.address, "reference": reference}
        client = hvac.Client(
            self.address,
            token=self.token,
            namespace=self.namespace or None,
            verify=self.authority or True,
            timeout=PATIENCE,
            allow_redirects=False,  # a token is for the server that was named
        )
        try:
            yield client
        except InvalidPath:
            where = f"{self.mount}/{self.prefix}"
            raise Invalid(
                Sentence("there is no secret {reference} on {address}", **about),
                hint=Sentence("keep it in {where}, in the field `{field}`", where=where, field=FIELD),
            ) from None
        except (Forbidden, Unauthorized):
            raise Refused(
                Sentence("{address} does not let us have {reference}", **about),
                hint="the token has ended, or its policy does not name that path",
            ) from None
        except (VaultError, RequestException) as error:
            raise TryLater(
                Sentence(
                    "{address} cannot be asked for {reference}: {why}", **about, why=type(error).__name__
                ),
                hint="it may be sealed or away; run the command again",
            ) from None
        finally:
            client.adapter.close()
