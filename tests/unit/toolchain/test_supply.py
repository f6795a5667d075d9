"""The software bill holds all that is pinned and is valid; what nobody could be asked about is not fine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cmp.errors import Differs, TryLater
from toolchain.supply import advisories
from toolchain.supply.advisories import Advisory, accepted, known_of
from toolchain.supply.bill import bill, problems
from toolchain.supply.parts import LOCKS, Kind, Part, every_part, go_parts, python_parts
from toolchain.system_packages import PACKAGES
from toolchain.versions import ENGINE

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DIGEST = "ab" * 32
LOCK = f"""\
runs-here==1.0 \\
    --hash=sha256:{DIGEST}
    # via tricenter (pyproject.toml)
needed_by.it==2.0 ; python_version < '3.12' \\
    --hash=sha256:{DIGEST} \\
    --hash=sha256:{"cd" * 32}
    # via
    #   runs-here
    #   tests-only
tests-only==3.0 \\
    --hash=sha256:{DIGEST}
    # via tricenter (pyproject.toml)
"""


def test_what_only_work_on_it_needs_is_told_apart() -> None:
    parts = list(python_parts(LOCK, "requirements.lock", frozenset({"runs-here"})))

    assert [(part.name, part.version, part.develops) for part in parts] == [
        ("runs-here", "1.0", False),
        ("needed-by-it", "2.0", False),
        ("tests-only", "3.0", True),
    ]
    assert parts[1].wanted_by == ("runs-here", "tests-only")
    assert parts[1].hashes == (DIGEST, "cd" * 32)


def test_a_module_that_is_replaced_is_what_replaces_it() -> None:
    new = "example.org/new v2.0.0"
    module = f"require (\n\texample.org/old v1.0.0 // indirect\n)\n\nreplace example.org/old => {new}\n"
    sums = f"{new} h1:q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n{new}/go.mod h1:AAAA\n"

    (part,) = go_parts(module, sums, "go.mod")

    assert (part.name, part.version, part.hashes) == ("example.org/new", "v2.0.0", (DIGEST,))


@pytest.fixture(scope="module")
def parts() -> tuple[Part, ...]:
    return every_part(ROOT)


@pytest.fixture(scope="module")
def whole(parts: tuple[Part, ...]) -> str:
    return bill(parts, "1.2.3", NOW)


def test_everything_that_is_pinned_is_in_the_bill(parts: tuple[Part, ...], whole: str) -> None:
    document = json.loads(whole)

    purls = {each["purl"] for each in document["components"]}
    for lock in LOCKS:
        lines = [line for line in (ROOT / lock).read_text().splitlines() if "==" in line.split(" ")[0]]
        assert {line.split(" ")[0] for line in lines} == {
            f"{part.name}=={part.version}" for part in parts if part.source == lock
        }
    for version in ENGINE.versions:
        assert f"pkg:golang/github.com/pulumi/pulumi/pkg/v3@v{version}" in purls
    assert {f"pkg:deb/debian/{package}" for package in PACKAGES.values()} <= purls
    assert [part for part in parts if part.kind is not Kind.DEB and not part.hashes] == []
    assert document["metadata"]["component"]["version"] == "1.2.3"


def test_the_bill_says_what_is_needed_to_run(whole: str) -> None:
    scopes = {
        each["name"]: each["scope"]
        for each in json.loads(whole)["components"]
        if each["bom-ref"].startswith("requirements.lock#")
    }

    assert {scopes[name] for name in ("pydantic", "pydantic-core", "cryptography", "moto")} == {"required"}
    assert {scopes[name] for name in ("mypy", "pytest", "bandit")} == {"excluded"}


def test_equal_parts_give_equal_bills_and_others_another_serial_number(parts: tuple[Part, ...]) -> None:
    some = [part for part in parts if part.name in {"numpy", "numba", "networkx", "frr", "pydantic"}]

    assert bill(some, "1", NOW) == bill(some[::-1], "1", NOW)
    numbers = {json.loads(bill(each, "1", NOW))["serialNumber"] for each in (some, some[1:])}
    assert len(numbers) == 2


def test_the_bill_is_valid_and_a_broken_one_is_not(whole: str) -> None:
    document = json.loads(bill([a_part()], "1", NOW))

    assert problems(whole) == ()
    for broken in (
        {"serialNumber": "1"},
        {"components": [{"name": "x"}]},
        {"unknown": 1},
        {"version": "one"},
    ):
        assert problems(json.dumps(document | broken))


def a_part(name: str = "leaky", version: str = "1.0", kind: Kind = Kind.PYPI) -> Part:
    return Part(kind, name, version, (DIGEST,), "a.lock")


Answer = Callable[[Mapping[str, Any]], object]


@contextmanager
def an_index(answer: Answer) -> Iterator[str]:
    """An index of advisories on this machine, which answers each batch of questions."""

    class Index(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/querybatch"
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = json.dumps(answer(asked)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: object) -> None:
            """Tell nobody."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def leaky_alone(asked: Mapping[str, Any]) -> object:
    """Know one advisory of `leaky` and of a Go module, told on two pages."""
    results: list[dict[str, Any]] = []
    for query in asked["queries"]:
        name, page = query["package"]["name"], query.get("page_token")
        if name == "leaky" and not page:
            results.append({"vulns": [{"id": "PYSEC-1"}], "next_page_token": "more"})
        elif name == "leaky":
            results.append({"vulns": [{"id": "PYSEC-2"}]})
        elif (query["package"]["ecosystem"], name, query["version"]) == ("Go", "example.org/m", "1.2.3"):
            results.append({"vulns": [{"id": "GO-1"}]})
        else:
            results.append({})
    return {"results": results}


@pytest.mark.enable_socket
def test_what_the_index_knows_is_told_of_each_part() -> None:
    parts = [
        a_part(),
        a_part("fine"),
        a_part("example.org/m", "v1.2.3", Kind.GOLANG),
        a_part("frr", "", Kind.DEB),
    ]

    with an_index(leaky_alone) as index:
        found = known_of(parts, index)

    assert found == (
        Advisory("example.org/m v1.2.3", "GO-1"),
        Advisory("leaky 1.0", "PYSEC-1"),
        Advisory("leaky 1.0", "PYSEC-2"),
    )


@pytest.mark.enable_socket
@pytest.mark.parametrize("answer", [{}, {"results": []}, {"results": None}, [], "fine"])
def test_an_index_that_answers_something_else_has_not_said_that_all_is_well(answer: object) -> None:
    with an_index(lambda _asked: answer) as index, pytest.raises(TryLater, match="index of advisories"):
        known_of([a_part()], index)


@pytest.mark.enable_socket
def test_an_index_that_cannot_be_reached_is_no_clean_bill(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRICENTER_OSV", "http://127.0.0.1:9")

    assert advisories.main() == TryLater.exit_code
    assert "not known of" in capsys.readouterr().out


@pytest.mark.enable_socket
@pytest.mark.parametrize(("name", "code"), [("pydantic", Differs.exit_code), ("nothing-of-ours", 0)])
def test_a_vulnerability_of_ours_ends_badly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    def answer(asked: Mapping[str, Any]) -> object:
        hit = {"vulns": [{"id": "PYSEC-9"}]}
        return {"results": [hit if each["package"]["name"] == name else {} for each in asked["queries"]]}

    with an_index(answer) as index:
        monkeypatch.setenv("TRICENTER_OSV", index)
        assert advisories.main() == code

    assert ("PYSEC-9" in capsys.readouterr().out) is (code != 0)


def test_an_advisory_is_waived_with_a_reason_only() -> None:
    assert accepted("# why\nPYSEC-1 we never call it  # looked at\n\n") == {"PYSEC-1": "we never call it"}
    with pytest.raises(ValueError, match="PYSEC-2 has no reason"):
        accepted("PYSEC-2\n")
    accepted(advisories.ACCEPTED.read_text())
