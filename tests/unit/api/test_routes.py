"""The API by its routes, in this process: what is refused is refused by a document, and nobody is let in."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.service_parts import NOON, Carrying, an_operation, answered, driving, plan_of_grade

from cmp.api.app import MOST_BYTES, create_app
from cmp.api.deps import Service
from cmp.errors import Invalid, TryLater
from cmp.identity.accounts import Accounts
from cmp.identity.rights import Right, Role
from cmp.model.actors import Actor, ActorKind
from cmp.model.schedules import Schedule
from cmp.operations.database import ServiceDatabase
from cmp.operations.memory import MemoryOperations
from cmp.operations.notices import MemoryNotices
from cmp.operations.schedules import MemorySchedules
from cmp.ports.operations import Carried
from cmp.store.consents import MemoryConsents
from cmp.workflows.driving import keep_plan
from cmp.workflows.failures import failure_of
from lab.processes import wait_until

PLAN = "f" * 64
FILES = {"folder": "lab", "files": {"lab/environment.yaml": base64.b64encode(b"name: lab\n").decode()}}
LATER = {"folder": "lab", "files": {"lab/environment.yaml": base64.b64encode(b"name: lab\n#\n").decode()}}
FIRST = {"If-None-Match": "*"}


class Desk:
    """A service in this process, its people, and the requests that they make."""

    def __init__(self, folder: Path) -> None:
        database = ServiceDatabase(f"sqlite:///{folder}/accounts.sqlite")
        database.prepare()
        self.accounts = Accounts(database)
        self.kept = MemoryOperations()
        self.consents = MemoryConsents()
        self.carrier = Carrying({"validate": lambda _t, _c: answered({"environment": {"name": "lab"}})})
        self.noted: list[tuple[str, str]] = []
        self.kept.start(driving(self.kept, self.carrier))
        numbers = iter(range(1_000_000))
        self.schedules = MemorySchedules()
        service = Service(
            self.kept,
            self.schedules,
            MemoryNotices(),
            self.accounts,
            self.carrier,
            lambda: NOON,
            lambda: f"{next(numbers):032x}",
            lambda actor, _environment, command, _run, _reason: self.noted.append((actor.id, command)),
            self.consents,
            list,
        )
        self.app = create_app(service, "test")
        self.tokens = {
            name: self._account(name, rights)
            for name, rights in {
                "li": [Right(Role.OPERATOR)],
                "wang": [Right(Role.APPROVER)],
                "elsewhere": [Right(Role.OPERATOR, "other")],
                "viewer": [Right(Role.VIEWER)],
                "sec": [Right(Role.SECURITY)],
            }.items()
        }

    def _account(self, name: str, rights: list[Right]) -> str:
        return self.accounts.make(name, ActorKind.PERSON, rights, Actor("test"), NOON)[1]

    def ask(self, method: str, path: str, who: str = "li", **options: Any) -> httpx.Response:
        """One request, as somebody (empty: as nobody)."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        headers |= options.pop("headers", {})
        return asyncio.run(self._asked(method, path, headers, options))

    async def _asked(
        self, method: str, path: str, headers: dict[str, str], options: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, headers=headers, **options)

    def push(self, files: dict[str, Any] = FILES, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.ask("POST", "/v1/environments/lab/revisions", json=files, headers=headers or FIRST)

    def begin(self, kind: str, key: str = "key-00001", who: str = "li", **ask: Any) -> httpx.Response:
        body = {"kind": kind, "environment": "lab", "ask": ask}
        return self.ask("POST", "/v1/operations", who, json=body, headers={"Idempotency-Key": key})

    def planned(self, grade: int = 1) -> None:
        """An environment with a Plan of it."""
        assert self.push().status_code == 201
        head = self.kept.head("lab")
        assert head is not None
        keep_plan(self.kept, an_operation(head), PLAN, plan_of_grade(grade))

    def reaches(self, operation: str, state: str) -> dict[str, Any]:
        def there() -> bool:
            return bool(self.ask("GET", f"/v1/operations/{operation}").json()["state"] == state)

        assert wait_until(there, 30, pause=0.05)
        return dict(self.ask("GET", f"/v1/operations/{operation}").json())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.kept.stop()


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, which is a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_whoever_has_no_token_hears_nothing(desk: Desk) -> None:
    for headers in ({}, {"Authorization": "Bearer tric_wrong"}, {"Authorization": "Basic bGk6bGk="}):
        for path in ("/v1/environments", "/v1/operations", "/v1/accounts", "/v1/me", "/v1/audit"):
            assert refused(desk.ask("GET", path, who="", headers=headers)) == (401, "unknown-token")
    assert desk.ask("GET", "/healthz", who="").json() == {"state": "alive"}
    assert desk.ask("GET", "/readyz", who="").json() == {"state": "ready"}


def test_a_revision_says_which_it_was_made_from(desk: Desk) -> None:
    assert refused(desk.push(headers={"X": "none"})) == (428, "http-428")
    first = desk.push()
    assert (first.status_code, first.json()["number"]) == (201, 1)
    etag = {"If-Match": first.headers["etag"]}

    second = desk.push(LATER, etag)
    late = desk.push({**FILES, "files": {**FILES["files"], "lab/x.yaml": ""}}, etag)

    assert second.json()["parent"] == first.json()["id"]
    assert refused(late) == (412, "stale-plan")
    assert "revision 2" in late.json()["title"]
    assert desk.ask("GET", "/v1/environments/lab").json()["number"] == 2


def test_files_that_are_no_environment_of_that_name_are_no_revision(desk: Desk) -> None:
    desk.carrier.acts["validate"] = lambda _t, _c: answered({"environment": {"name": "other"}})
    assert refused(desk.push()) == (422, "invalid")
    wrong = failure_of(Invalid("lab has 1 problem")).model_dump(mode="json")
    desk.carrier.acts["validate"] = lambda _t, _c: Carried(failure=wrong)
    assert refused(desk.push()) == (422, "invalid")
    assert desk.ask("GET", "/v1/environments").json() == {"items": []}


def test_the_same_request_twenty_times_is_one_operation(desk: Desk) -> None:
    desk.planned()

    answers = [desk.begin("apply", plan=PLAN) for _ in range(20)]

    assert {each.status_code for each in answers} == {202}
    assert len({each.json()["id"] for each in answers}) == 1
    desk.reaches(answers[0].json()["id"], "done")
    assert [step for _, step in desk.carrier.done].count("apply") == 1
    assert refused(desk.begin("apply", plan=PLAN, partial=True)) == (409, "conflict")
    assert desk.begin("apply", key="key-00002", plan=PLAN).json()["id"] != answers[0].json()["id"]


def test_a_request_that_is_wrong_does_not_use_its_key_up(desk: Desk) -> None:
    desk.planned()
    assert refused(desk.begin("apply", plan="no hash")) == (422, "invalid")
    assert refused(desk.begin("apply", plan="e" * 64)) == (422, "invalid")
    assert refused(desk.begin("nothing")) == (422, "invalid")

    assert desk.begin("apply", plan=PLAN).status_code == 202


def test_a_plan_of_an_older_revision_is_refused(desk: Desk) -> None:
    desk.planned()
    head = desk.kept.head("lab")
    assert head is not None
    desk.push(LATER, {"If-Match": f'"{head.id}"'})

    assert refused(desk.begin("apply", plan=PLAN)) == (412, "stale-plan")
    body = {"kind": "plan", "environment": "lab", "revision": head.id}
    asked = desk.ask("POST", "/v1/operations", json=body, headers={"Idempotency-Key": "key-00003"})
    assert refused(asked) == (412, "stale-plan")


def test_who_asked_and_who_pushed_do_not_approve_and_somebody_else_does(desk: Desk) -> None:
    desk.planned(grade=6)
    operation = desk.begin("apply", plan=PLAN).json()["id"]
    desk.reaches(operation, "waiting")
    path, body = f"/v1/operations/{operation}/consents", {"agreed": True, "plan": PLAN}

    assert refused(desk.ask("POST", path, "li", json=body)) == (403, "refused")
    assert refused(desk.ask("POST", path, "viewer", json=body)) == (403, "refused")
    assert refused(desk.ask("POST", path, "wang", json={"agreed": True, "plan": "e" * 64})) == (
        409,
        "conflict",
    )
    assert desk.ask("POST", path, "wang", json=body).status_code == 201

    assert desk.reaches(operation, "done")["consents"][0]["by"] == "local#wang"
    (document,) = desk.consents.of("lab")
    assert (document.by, document.about, document.holds(NOON)) == ("local#wang", PLAN, True)
    assert document.hash == document.digest()
    assert ("local#wang", "approve apply") in desk.noted
    assert ("local#wang", "approve apply: conflict") in desk.noted


def test_what_is_anothers_is_not_there_wherever_its_name_stands(desk: Desk) -> None:
    desk.planned()
    operation = desk.begin("apply", plan=PLAN).json()["id"]
    paths = [
        "/v1/environments/lab",
        f"/v1/operations/{operation}",
        f"/v1/operations/{operation}/steps",
        f"/v1/operations/{operation}/answer",
        f"/v1/plans/lab/{PLAN}",
        "/v1/environments/other%2F..%2Flab",
        "/v1/environments/other/../lab",
        "/v1/environments/%2e%2e/environments/lab",
        "/v1/environments//lab",
        "/v1/environments/LAB",
    ]

    for path in paths:
        answer = desk.ask("GET", path, "elsewhere")
        assert refused(answer)[0] in {400, 404, 422}, path
        assert "name: lab" not in answer.text
    for verb in ("cancel", "resume"):
        assert refused(desk.ask("POST", f"/v1/operations/{operation}/{verb}", "elsewhere"))[0] == 404
    assert desk.ask("GET", "/v1/operations", "elsewhere").json()["items"] == []
    assert desk.ask("GET", "/v1/environments", "elsewhere").json()["items"] == []
    assert refused(desk.begin("apply", who="elsewhere", plan=PLAN))[0] == 404
    assert refused(desk.begin("apply", who="viewer", plan=PLAN)) == (403, "refused")


def test_events_are_sent_from_the_one_that_was_seen_last(desk: Desk) -> None:
    desk.planned()
    operation = desk.begin("plan").json()["id"]
    desk.reaches(operation, "done")

    whole = desk.ask("GET", f"/v1/operations/{operation}/events").text
    rest = desk.ask("GET", f"/v1/operations/{operation}/events", headers={"Last-Event-ID": "2"}).text

    numbers = [line for line in whole.splitlines() if line.startswith("id: ")]
    assert numbers == [f"id: {number}" for number in range(1, len(numbers) + 1)]
    assert [line for line in rest.splitlines() if line.startswith("id: ")] == numbers[2:]
    assert "event: end" in whole
    assert json.loads(desk.ask("GET", f"/v1/operations/{operation}/answer").text) == {}


def test_a_disabled_account_is_let_in_nowhere(desk: Desk) -> None:
    assert desk.ask("GET", "/v1/me", "viewer").json()["rights"] == [{"role": "viewer", "environment": "*"}]

    assert desk.ask("POST", "/v1/accounts/viewer/disable", "sec").status_code == 204

    assert refused(desk.ask("GET", "/v1/me", "viewer")) == (401, "unknown-token")
    assert refused(desk.ask("POST", "/v1/accounts/sec/disable", "sec")) == (403, "refused")
    assert refused(desk.ask("POST", "/v1/accounts/wang/disable", "li")) == (403, "refused")


def test_who_administers_holds_no_second_office(desk: Desk) -> None:
    for roles in (["security", "audit"], ["security", "operator"], ["audit", "viewer"]):
        wanted = {"name": "both", "rights": [{"role": role} for role in roles]}
        assert refused(desk.ask("POST", "/v1/accounts", "sec", json=wanted)) == (403, "refused")
    for name in ("Li", "li", "", "l i", "../li"):
        wanted = {"name": name, "rights": []}
        assert refused(desk.ask("POST", "/v1/accounts", "sec", json=wanted))[0] in {409, 422}


def test_a_one_time_code_works_once(tmp_path: Path) -> None:
    database = ServiceDatabase(f"sqlite:///{tmp_path}/accounts.sqlite")
    database.prepare()
    accounts = Accounts(database)
    codes = accounts.first_codes()
    assert sorted(codes) == ["audit", "security", "system"]

    account, token = accounts.redeem(codes[Role.SECURITY], "first", NOON)

    person = accounts.who(token, NOON)
    assert person is not None
    assert person.actor.id == account.id == "local#first"
    with pytest.raises(Exception, match="this code is none"):
        accounts.redeem(codes[Role.SECURITY], "second", NOON)
    assert accounts.first_codes() == {}
    assert token.encode() not in (tmp_path / "accounts.sqlite").read_bytes()


def test_a_body_that_is_too_large_is_refused_before_it_is_read(desk: Desk) -> None:
    said = {"Content-Length": str(MOST_BYTES + 1), **FIRST}

    answer = desk.ask("POST", "/v1/environments/lab/revisions", content=b"{}", headers=said)

    assert refused(answer) == (413, "too-large")


def test_metrics_count_what_the_record_says(desk: Desk) -> None:
    desk.planned(grade=6)
    operation = desk.begin("apply", plan=PLAN).json()["id"]
    desk.reaches(operation, "waiting")

    told = desk.ask("GET", "/metrics", who="").text

    assert 'tricenter_operations{kind="apply",state="waiting"} 1.0' in told
    assert 'tricenter_approvals_waiting{kind="apply"} 1.0' in told
    assert 'tricenter_collector_success{collector="operations"} 1.0' in told


def test_metrics_of_schedules_are_told_and_a_sick_source_takes_no_other_along(desk: Desk) -> None:
    desk.push()
    assert desk.ask("PUT", "/v1/schedules/lab/nightly", json=NIGHTLY).status_code == 201
    seen = desk.schedules.found("lab", "nightly")
    assert seen is not None
    desk.schedules.put(seen.changed(missed=3, started="2026-11-30T12:00:00+00:00", paused="holidays"), seen)
    labels = '{environment="lab",schedule="nightly"}'

    told = desk.ask("GET", "/metrics", who="").text
    desk.schedules.listed = _away  # type: ignore[method-assign]
    sick = desk.ask("GET", "/metrics", who="").text

    for line in ("missed_total", "paused", "last_start_timestamp_seconds"):
        assert f"tricenter_schedule_{line}{labels}" in told
        assert f"tricenter_schedule_{line}" not in sick
    assert f"tricenter_schedule_missed_total{labels} 3.0" in told
    assert 'tricenter_collector_success{collector="schedules"} 0.0' in sick
    assert 'tricenter_collector_success{collector="operations"} 1.0' in sick


def _away() -> tuple[Schedule, ...]:
    raise TryLater("the database cannot be reached")


NIGHTLY = {"kind": "verify", "cron": "0 3 * * *", "zone": "Asia/Shanghai"}


def test_a_schedule_asks_in_the_name_of_whoever_made_it_and_is_seen_by_who_may_look(desk: Desk) -> None:
    assert refused(desk.ask("PUT", "/v1/schedules/lab/nightly", json=NIGHTLY)) == (404, "not-there")
    assert desk.push().status_code == 201

    made = desk.ask("PUT", "/v1/schedules/lab/nightly", json=NIGHTLY, headers={"Tricenter-Reason": "look"})

    assert (made.status_code, made.json()["actor"], made.json()["reason"]) == (201, "local#li", "look")
    assert [each["name"] for each in desk.ask("GET", "/v1/schedules", "viewer").json()["items"]] == [
        "nightly"
    ]
    assert desk.ask("GET", "/v1/schedules", "elsewhere").json()["items"] == []
    assert desk.noted[-1] == ("local#li", "make schedule nightly")


def test_a_schedule_is_paused_resumed_and_forgotten_by_who_may_ask_for_the_same(desk: Desk) -> None:
    desk.push()
    plan = {**NIGHTLY, "kind": "plan"}
    assert refused(desk.ask("PUT", "/v1/schedules/lab/nightly", "viewer", json=plan)) == (403, "refused")
    assert desk.ask("PUT", "/v1/schedules/lab/nightly", json=plan).status_code == 201

    for verb, paused in (("pause", "local#li"), ("resume", "")):
        path = f"/v1/schedules/lab/nightly/{verb}"
        assert refused(desk.ask("POST", path, "viewer")) == (403, "refused")
        assert desk.ask("POST", path).json()["paused"] == paused
    assert refused(desk.ask("DELETE", "/v1/schedules/lab/nightly", "elsewhere")) == (404, "not-there")
    assert desk.ask("DELETE", "/v1/schedules/lab/nightly").status_code == 204
    assert refused(desk.ask("DELETE", "/v1/schedules/lab/nightly")) == (404, "not-there")


@pytest.mark.parametrize(
    "wrong",
    [{"cron": "0 25 * * *"}, {"zone": "Asia/Nowhere"}, {"kind": "apply"}, {"ask": {"x": 1}}, {"oldest": -1}],
)
def test_a_schedule_that_could_never_be_right_is_refused(desk: Desk, wrong: dict[str, Any]) -> None:
    desk.push()

    assert desk.ask("PUT", "/v1/schedules/lab/nightly", json=NIGHTLY | wrong).status_code == 422
    assert desk.schedules.listed() == ()
