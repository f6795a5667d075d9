"""An environment that is begun from an example says the same as the example, and stands by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit

import pytest
from support.at_hand import means_at

from cmp.errors import Invalid, Refused, TryLater
from cmp.installation import HERE
from cmp.loaders.loading import load
from cmp.model.references import EnvironmentRef
from cmp.services.beginning import EXAMPLES, begin

MEANS = means_at(Path("nowhere"))
"""Nothing of it keeps anything here."""


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_says_what_the_example_says_and_extends_nothing(tmp_path: Path, example: str) -> None:
    shipped = load(HERE.shipped(f"inventories/{example}"))

    begun = begin(MEANS, EnvironmentRef.of(tmp_path / "mine"), example)

    loaded = load(tmp_path / "mine")
    assert loaded.environment == shipped.environment.model_copy(update={"name": "mine"})
    assert [note.message for note in loaded.notes] == [note.message for note in shipped.notes]
    assert [source for source, _ in loaded.sources if ".." in source] == []
    assert {path.relative_to(tmp_path / "mine").as_posix() for path in (tmp_path / "mine").rglob("*.*")} == (
        set(begun.files)
    )


def test_the_small_one_explains_itself_and_marks_what_is_made_up(tmp_path: Path) -> None:
    begun = begin(MEANS, EnvironmentRef.of(tmp_path / "mine"))

    texts = {name: text.decode() for name, text in begun.files.items() if name.endswith(".yaml")}
    assert [name for name, text in texts.items() if "# " not in text] == []
    assert all(word in "".join(texts.values()) for word in ("illustrative", "示例"))
    assert "README.md" in begun.files


@pytest.mark.parametrize(
    ("folder", "name", "expected"),
    [("My_Estate", "", "my-estate"), ("a b", "estate-2", "estate-2"), (".", "", None), ("a b", "", None)],
)
def test_its_name_is_that_of_its_folder_or_the_one_that_is_given(
    tmp_path: Path, folder: str, name: str, expected: str | None
) -> None:
    where = tmp_path / "Ministry!" if folder == "." else tmp_path / folder

    if expected is None:
        with pytest.raises(Invalid, match="cannot be an environment's name"):
            begin(MEANS, EnvironmentRef.of(where), name=name)
        assert not where.exists()
    else:
        assert (
            begin(MEANS, EnvironmentRef.of(where), name=name).name == load(where).environment.name == expected
        )


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    begun = begin(MEANS, EnvironmentRef.of(tmp_path / "mine"), dry=True)

    assert begun.files
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_filled_and_stays_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    before = (tmp_path / "mine").stat().st_ino

    begin(MEANS, EnvironmentRef.of(tmp_path / "mine"))

    assert (tmp_path / "mine").stat().st_ino == before


@pytest.mark.parametrize("kind", ["file", "folder", "link to nothing"])
def test_what_is_there_is_left_alone(tmp_path: Path, kind: str) -> None:
    there = tmp_path / "mine"
    if kind == "file":
        there.write_text("notes")
    elif kind == "folder":
        (there / "notes").mkdir(parents=True)
    else:
        there.symlink_to(tmp_path / "nothing")

    with pytest.raises(Refused, match="nothing was written") as refusal:
        begin(MEANS, EnvironmentRef.of(there))

    assert refusal.value.hint == "name a new folder, or an empty one"
    assert not (tmp_path / "nothing").exists()


def test_an_example_that_is_none_is_answered_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no example called labs") as refusal:
        begin(MEANS, EnvironmentRef.of(tmp_path / "mine"), "labs")

    assert "lab" in refusal.value.hint


@pytest.mark.parametrize("there", [False, True], ids=["a new folder", "an empty folder"])
def test_a_failure_leaves_nothing_of_it(tmp_path: Path, there: bool) -> None:
    """A limit on the size of files stands for the full disk: the first files fit, a later one does not."""
    if there:
        (tmp_path / "mine").mkdir()

    with largest_file(1000), pytest.raises(TryLater, match="mine cannot be written: File too large"):
        begin(MEANS, EnvironmentRef.of(tmp_path / "mine"))

    assert [path.name for path in tmp_path.rglob("*")] == (["mine"] if there else [])


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process become larger than so many bytes."""
    before = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        setrlimit(RLIMIT_FSIZE, before)
