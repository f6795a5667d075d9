"""Brings the texts of all languages into step; `python -m toolchain.words add FILE KEY EN ZH` adds one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Message

from cmp.files.placing import READABLE, write_given
from cmp.words.catalogue import CATALOGUES
from cmp.words.compiling import compile_into, read
from cmp.words.languages import ENGLISH, LANGUAGES, SIMPLIFIED, TRADITIONAL
from toolchain.words.traditional import derived
from toolchain.words.writing import said_by, written

ADD = "add"


def main(arguments: Sequence[str]) -> int:
    """Add what the arguments say, if anything; then derive, order and compile."""
    if arguments[:1] == [ADD]:
        _, name, key, english, chinese = arguments
        for language, text in ((ENGLISH, english), (SIMPLIFIED, chinese)):
            _add(CATALOGUES / language / f"{name}.po", language, key, text)
    for path, text in in_step().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_given(path, text.encode(), READABLE)
    for language in LANGUAGES:
        texts = sorted((CATALOGUES / language).glob("*.po"))
        compile_into(CATALOGUES / f"{language}.mo", texts, language)
    return 0


def in_step() -> Mapping[Path, str]:
    """What each file of texts has to hold."""
    return dict(_in_step())


def _in_step() -> Iterator[tuple[Path, str]]:
    for language in (ENGLISH, SIMPLIFIED):
        for path in sorted((CATALOGUES / language).glob("*.po")):
            yield path, written(read(path, language), said_by(path))
    for path in sorted((CATALOGUES / SIMPLIFIED).glob("*.po")):
        said = f"Derived from {SIMPLIFIED}/{path.name} by `make words`: correct that, or traditional.tsv."
        yield CATALOGUES / TRADITIONAL / path.name, written(derived(path), said)


def _add(path: Path, language: str, key: str, text: str) -> None:
    catalog = read(path, language)
    catalog[key] = Message(key, text)
    write_given(path, written(catalog, said_by(path)).encode(), READABLE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
