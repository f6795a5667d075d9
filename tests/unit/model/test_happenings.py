"""Events go to JSON and back, and over a stream that can be taken up again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.model.happenings import Event, Numbered, event_of

NAMES = st.text(min_size=1, max_size=8)
PLAIN = (
    st.text(max_size=12) | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
)
SEVERAL = st.lists(st.text(max_size=5), max_size=3).map(tuple)
EVENTS = st.recursive(
    st.builds(Event, NAMES, st.text(max_size=8), st.dictionaries(NAMES, PLAIN | SEVERAL, max_size=3)),
    lambda inner: st.builds(Event, NAMES, st.text(max_size=8), st.dictionaries(NAMES, inner, max_size=2)),
    max_leaves=4,
)


@given(EVENTS)
def test_an_event_comes_back_from_json_as_it_was(event: Event) -> None:
    assert event_of(json.loads(json.dumps(event.document))) == event


@given(EVENTS, st.integers(min_value=1))
def test_a_stream_carries_an_event_with_its_number(event: Event, number: int) -> None:
    sent = Numbered(number, event).sent

    data = [line for line in sent.split("\n") if line.startswith("data: ")]
    assert sent.startswith(f"id: {number}\n")
    assert sent.endswith("\n\n")
    assert [event_of(json.loads(line.removeprefix("data: "))) for line in data] == [event]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"kind": "", "subject": "", "values": {}},
        {"kind": "a", "subject": 1, "values": {}},
        {"kind": "a", "subject": "", "values": []},
        {"kind": "a", "subject": "", "values": {"x": None}},
        {"kind": "a", "subject": "", "values": {"x": [1]}},
        {"kind": "a", "subject": "", "values": {"x": {"kind": "b"}}},
        {"kind": "a", "subject": "", "values": {}, "more": 1},
    ],
)
def test_what_is_no_event_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="event"):
        event_of(document)
