"""What is to be measured goes there and back as JSON, and what makes no sense is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.probes import a_stream

from cmp.errors import Invalid
from cmp.probes.spec import Route, Spec, Talk, parse

STREAM = {
    "name": "a",
    "host": "a",
    "direction": "out",
    "family": 4,
    "address": "192.0.2.1",
    "peer": "192.0.2.9",
}


def test_a_document_gives_the_same_measuring_again() -> None:
    spec = Spec(
        routes=(Route(a_stream(), "198.18.0.2"), Route(a_stream(name="b"), "198.18.0.2", "connect", 443)),
        talks=(Talk("host-a", "192.0.2.1", "198.18.0.2"),),
        places={"host-a": "/run/netns/host-a"},
        fast_hosts=frozenset({"host-a"}),
    )

    assert parse(json.loads(json.dumps(spec.document()))) == spec


def test_a_process_stands_for_its_namespace() -> None:
    assert parse({"places": {"host-a": 4711}}).places == {"host-a": "/proc/4711/ns/net"}


@pytest.mark.parametrize(
    "document",
    [
        {"streams": [{"name": "a"}]},
        {"streams": [{**STREAM, "family": 6}]},
        {"streams": [{**STREAM, "direction": "up"}]},
        {"streams": [{**STREAM, "kind": "smoke"}]},
        {"streams": [{**STREAM, "colour": "red"}]},
        {"connections": [{"host": "a"}]},
        {"places": ["a"]},
        {"fast": 0.00001},
        {"fast": 0.2, "slow": 0.1},
        {"slow": "often"},
    ],
)
def test_what_makes_no_sense_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        parse(document)
