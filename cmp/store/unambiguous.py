"""Refuses JSON that two readers may read in two ways: a reviewer would agree to other bytes than are used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cmp.errors import Invalid
from cmp.sentences import Sentence


def refuse_ambiguous(content: bytes, canonical: bytes, path: Path) -> None:
    """Refuse a document that says something twice; one in its canonical bytes cannot.

    RFC 8259 leaves it open which of two equal names counts: programs take the last, people see the first.

    Args:
        content: the document as it lies in its file, which was read as JSON already.
        canonical: the bytes that this version would write for it.
        path: the file, for the sentence.

    Raises:
        Invalid: an object in it has two members of one name.
    """
    if content == canonical:
        return

    def each_once(members: Sequence[tuple[str, Any]]) -> None:
        names = [name for name, _ in members]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise Invalid(
                Sentence(
                    "{path} says {doubled} twice, and readers differ on which counts",
                    path=path,
                    doubled=f"{doubled[0]!r:.80}",
                ),
                hint="take the file as it was written first",
            )

    json.loads(content, object_pairs_hook=each_once)
