"""Tables on narrow terminals: no line is wider, nothing is lost, and words stay whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cli.folding import PIECE, folded

CELLS = st.text(st.sampled_from("abcXYZ019 -/系统é:"), max_size=24)
HEADS = ["workload", "pool"]
ROWS = [["e-certificates-marriage", "bj-a-k8s-hygon"], ["identity", "bj-b"]]


def plain(title: str, columns: list[str], rows: list[list[str]], width: int) -> str:
    return folded(title, columns, rows, width, styled=False, lines=True)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5), st.integers(20, 100))
def test_no_line_is_wider_than_the_terminal_and_every_piece_is_there(
    rows: list[list[str]], width: int
) -> None:
    text = plain("", ["one", "two", "three"], rows, width)

    is_table = "──" in text
    assert not is_table or all(cell_len(line) <= width for line in text.splitlines())
    pieces = [piece.strip() for row in rows for cell in row for piece in PIECE.findall(cell)]
    assert all(piece in text for piece in pieces)


def test_an_identifier_is_broken_at_its_hyphens_alone() -> None:
    assert plain("", HEADS, ROWS, 30).splitlines()[3:7] == [
        " e-             bj-a-k8s-     ",
        " certificates-  hygon         ",
        " marriage                     ",
        " identity       bj-b          ",
    ]


def test_what_would_be_cut_even_so_becomes_a_list() -> None:
    assert plain("Placement", HEADS, ROWS[1:], 12) == "Placement\n\nworkload: identity\npool: bj-b\n"


def test_marks_are_sent_where_they_are_wanted_alone() -> None:
    assert "\x1b" not in plain("title", HEADS, ROWS, 30)
    assert "\x1b[1m" in folded("title", HEADS, ROWS, 30, styled=True, lines=True)


def test_a_line_that_the_terminal_cannot_say_is_drawn_in_hyphens() -> None:
    assert folded("", HEADS, ROWS, 30, styled=False, lines=False).isascii()
