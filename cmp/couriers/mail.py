"""Sends notices by mail, over TLS beyond this machine."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final

from cmp.couriers.words import both
from cmp.errors import Refused, TryLater
from cmp.model.notices import Notice
from cmp.sentences import Sentence

PATIENCE: Final = 20.0
"""Seconds for each word of the conversation."""
FOR_GOOD: Final = 500
"""From this reply code on a refusal is meant for good (RFC 5321, 4.2.1)."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server that takes messages from one sender to some recipients."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    secret: Callable[[], str] | None = field(default=None, repr=False)
    tls: bool = True
    """STARTTLS before anything is said; without it only on loopback."""

    @property
    def address(self) -> str:
        """Server and recipients."""
        return f"smtp://{self.host}:{self.port}/{','.join(self.recipients)}"[:200]

    def send(self, notice: Notice) -> None:
        """Send a notice; a second try has the same message id.

        Raises:
            Refused: the server will not take it.
            TryLater: it cannot take it now.
        """
        try:
            with smtplib.SMTP(self.host, self.port, timeout=PATIENCE) as server:
                if self.tls:
                    server.starttls(context=ssl.create_default_context())
                if self.user and self.secret is not None:
                    server.login(self.user, self.secret())
                server.send_message(self._message(notice))
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            code = getattr(error, "smtp_code", FOR_GOOD)
            refusal = Sentence("{address} takes no notice: {why}", address=self.address, why=f"SMTP {code}")
            if code >= FOR_GOOD:
                raise Refused(refusal) from error
            raise TryLater(refusal) from error
        except (OSError, smtplib.SMTPException) as error:
            raise TryLater(
                Sentence("{address} takes no notice: {why}", address=self.address, why=type(error).__name__)
            ) from error

    def _message(self, notice: Notice) -> EmailMessage:
        texts = both(notice)
        message = EmailMessage()
        message["From"], message["To"] = self.sender, ", ".join(self.recipients)
        message["Subject"] = " ".join(f"[tricenter {notice.environment}] {texts['zh_Hans']}".split())[:200]
        message["Message-ID"] = f"<{notice.id.replace('/', '.')}@tricenter.invalid>"
        message.set_content("\n\n".join(dict.fromkeys(texts.values())) + f"\n\n{notice.at}\n{notice.id}\n")
        return message
