from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json

import pytest
from support.inboxes import mail_inbox, web_inbox

from cmp.couriers.mail import Mail
from cmp.couriers.opening import courier_of
from cmp.couriers.webhook import Webhook
from cmp.errors import CmpError, Invalid, Refused, TryLater
from cmp.model.happenings import Event
from cmp.model.notices import Notice

pytestmark = pytest.mark.enable_socket  # they answer on the loopback address

WORD = "hush"
NOTICE = Notice(
    "op-1/1/asked",
    "lab",
    "2026-11-30T12:00:00+00:00",
    Event("consent-asked", "op-1", {"why": ("grade 6",), "until": "tomorrow", "who": "li", "plan": "f" * 12}),
)


def secret(reference: str) -> str:
    assert reference == "secret://hook"
    return WORD


def test_what_is_posted_is_signed_in_every_language_and_the_same_when_it_comes_twice() -> None:
    with web_inbox() as inbox:
        courier = courier_of(f"http://127.0.0.1:{inbox.port}/in?room=7&secret=secret://hook", secret)
        courier.send(NOTICE)
        courier.send(NOTICE)

    (heads, body), second = inbox.came
    assert (heads["Idempotency-Key"], heads["path"]) == (NOTICE.id, "/in?room=7")
    assert (
        heads["Tricenter-Signature"] == f"sha256={hmac.new(WORD.encode(), body, hashlib.sha256).hexdigest()}"
    )
    assert second[1] == body
    document = json.loads(body)
    assert (document["kind"], document["subject"], document["environment"]) == (
        "consent-asked",
        "op-1",
        "lab",
    )
    assert set(document["text"]) == {"en", "zh_Hans", "zh_Hant"}
    assert "grade 6" in document["text"]["en"]
    assert WORD not in f"{body!r}{courier!r}{courier.address}"
    assert courier.address == f"http://127.0.0.1:{inbox.port}"


@pytest.mark.parametrize(
    ("code", "kind"),
    [(404, Refused), (401, Refused), (302, TryLater), (429, TryLater), (408, TryLater), (503, TryLater)],
)
def test_a_refusal_is_meant_for_good_or_for_now(code: int, kind: type[CmpError]) -> None:
    with web_inbox() as inbox:
        inbox.answers[:] = [code]
        with pytest.raises(kind, match=f"takes no notice: HTTP {code}"):
            courier_of(f"http://127.0.0.1:{inbox.port}/", secret).send(NOTICE)
    assert len(inbox.came) == 1  # nobody follows it elsewhere


def test_nobody_who_answers_is_asked_again_later() -> None:
    with web_inbox() as inbox:
        port = inbox.port
    for courier in (courier_of(f"http://127.0.0.1:{port}/", secret), a_mail(port)):
        with pytest.raises(TryLater, match="takes no notice"):
            courier.send(NOTICE)


def test_mail_says_it_in_every_language_to_everybody() -> None:
    with mail_inbox() as inbox:
        a_mail(inbox.port).send(NOTICE)

    ((heads, body),) = inbox.came
    message = email.message_from_bytes(body, policy=email.policy.default)
    assert heads["to"] == "<wang@example.org><zhao@example.org>"
    assert (message["From"], message["To"]) == ("cmp@example.org", "wang@example.org, zhao@example.org")
    assert str(message["Subject"]).startswith("[tricenter lab] 操作 op-1 等待批准")
    text = message.get_content()
    assert "waits for consent" in text
    assert "等待批准" in text


@pytest.mark.parametrize(("code", "kind"), [(554, Refused), (451, TryLater)])
def test_a_mail_server_refuses_for_good_or_for_now(code: int, kind: type[CmpError]) -> None:
    with mail_inbox() as inbox:
        inbox.answers[:] = [code]
        with pytest.raises(kind, match=f"SMTP {code}"):
            a_mail(inbox.port).send(NOTICE)


def test_a_subject_is_one_line_whatever_is_told() -> None:
    event = Event(
        "operation-wrong",
        "op-1",
        {"operation": "plan", "state": "failed", "why": "a\r\nBcc: x@example.org", "who": "li"},
    )
    with mail_inbox() as inbox:
        a_mail(inbox.port).send(Notice("n", "lab", "now", event))

    message = email.message_from_bytes(inbox.came[0][1], policy=email.policy.default)
    assert "Bcc" not in message
    assert "Bcc: x@example.org" in str(message["Subject"])


def a_mail(port: int) -> Mail:
    found = courier_of(
        f"smtp://127.0.0.1:{port}/?from=cmp@example.org&to=wang@example.org,zhao@example.org", secret
    )
    assert isinstance(found, Mail)
    return found


@pytest.mark.parametrize(
    "wrong",
    [
        "ftp://example.org/",
        "https:///path",
        "https://example.org:99999/",
        "https://example.org/?secret=hush",
        "smtp://example.org/?from=a@example.org",
        "wang@example.org",
    ],
)
def test_what_is_no_address_is_refused_without_its_question(wrong: str) -> None:
    with pytest.raises(Invalid, match="no address for notices") as refusal:
        courier_of(wrong, secret)
    assert WORD not in str(refusal.value)


def test_nothing_is_sent_in_the_clear_beyond_this_machine() -> None:
    with pytest.raises(Refused, match="in the clear to hooks.example"):
        courier_of("http://hooks.example/in", secret)
    far = courier_of("smtp://mail.example/?from=a@example.org&to=b@example.org", secret)
    assert isinstance(far, Mail)
    assert (far.tls, far.port) == (True, 587)
    assert isinstance(courier_of("https://hooks.example/in", secret), Webhook)
