"""Events are said in the reader's language."""

from cmp.model.happenings import Event
from cmp.words.events import told

MOVE = Event("server-moves", "web-0", {"source": "h1", "to": "h2"})


def test_an_event_within_another_is_said_in_the_same_language() -> None:
    step = Event("step", "h1", {"number": 1, "of": 5, "what": MOVE})

    assert told(step, "en") == "step 1 of 5: web-0: h1 to h2"
    assert told(step, "zh_Hans") == "第 1 步，共 5 步：web-0：h1 迁至 h2"
    assert told(step, "zh_Hant") == "第 1 步，共 5 步：web-0：h1 遷至 h2"


def test_several_names_stand_in_one_sentence() -> None:
    assert told(Event("firing-way-back", "n", {"hosts": ("a", "b")}), "en") == "firing the way back on a, b"


def test_what_a_newer_program_tells_is_shown_in_its_parts() -> None:
    assert told(Event("of-tomorrow", "x", {"count": 2}), "zh_Hans") == "of-tomorrow (subject: x, count: 2)"
    assert told(Event("of-tomorrow"), "en") == "of-tomorrow"


def test_braces_in_values_are_no_placeholders() -> None:
    assert told(Event("planning-anew", values={"why": "{hosts}"}), "en") == "planning anew: {hosts}"
