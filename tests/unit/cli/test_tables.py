"""Tables are drawn as rich draws them, or left to it."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from cli.tables import drawn

SIGNS = st.sampled_from("abcXYZ0189 -_/:.,;+*%()[]<>|é×→·…✓✗≤兩地三中心复制带宽(新)、")
TEXTS = st.text(SIGNS, max_size=12)
WIDTH = 60


def by_rich(title: str, columns: list[str], rows: list[list[str]]) -> str:
    table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    out = io.StringIO()
    Console(file=out, width=WIDTH, highlight=False, markup=False, emoji=False).print(table)
    return out.getvalue()


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[str], list[list[str]]]:
    count = draw(st.integers(1, 5))
    lines = st.lists(TEXTS, min_size=count, max_size=count)
    return draw(st.just("") | TEXTS), draw(lines), draw(st.lists(lines, max_size=6))


@given(tables())
def test_what_is_drawn_is_what_rich_draws(table: tuple[str, list[str], list[list[str]]]) -> None:
    text = drawn(*table, WIDTH)

    assert text is None or text == by_rich(*table)


def test_an_ordinary_table_is_drawn_here() -> None:
    table = ("放置", ["workload", "运行数"], [["e-seal", "3"], ["身份认证", "12"]])

    assert drawn(*table, WIDTH) == by_rich(*table)


def test_what_is_too_wide_or_has_no_certain_width_is_left_to_rich() -> None:
    assert drawn("", ["message"], [["x" * WIDTH]], WIDTH) is None
    assert drawn("a title that is wider than the table", ["a"], [["b"]], WIDTH) is None
    assert drawn("", ["message"], [["two\nlines"]], WIDTH) is None
    assert drawn("", ["message"], [["e\u0301"]], WIDTH) is None
    assert drawn("", ["message"], [["\x1b[31mred"]], WIDTH) is None


def test_a_terminal_gets_bold_heads_and_an_italic_title() -> None:
    text = drawn("title", ["pool"], [["bj-a-hygon"]], WIDTH, styled=True)

    assert text is not None
    assert "\x1b[3mtitle" in text
    assert "\x1b[1m pool" in text
    assert text.count("\x1b[0m") == 2
