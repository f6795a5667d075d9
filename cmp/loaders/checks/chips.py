"""Checks that a CPU is named where a CPU is meant, and an accelerator where one is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cmp.loaders.checks.names import Known, Path
from cmp.model.codes import Code
from cmp.model.estate import ChipKind, Estate
from cmp.model.finding import Finding
from cmp.sentences import Sentence


def refer_cpu(
    estate: Estate, document: str, path: Path, name: str, *, at_key: bool = False
) -> Iterator[Finding]:
    """A finding where `name` is not a declared CPU."""
    chip = estate.chip.get(name)
    if chip is None:
        known = Known("chip", [chip.id for chip in estate.chips if chip.kind is ChipKind.CPU])
        yield from known.refer(document, path, name, at_key=at_key)
    elif chip.kind is not ChipKind.CPU:
        message = Sentence(
            "`{name}` is an accelerator ({kind}): a cpu is wanted here", name=name, kind=chip.kind
        )
        yield Finding(document, path, Code.WRONG_KIND, message, "name the host's CPU", at_key=at_key)


def refer_accelerators(
    estate: Estate, document: str, path: Path, names: Iterable[str], *, sliced: bool = True
) -> Iterator[Finding]:
    """A finding at each key of the mapping at `path` that is no declared accelerator, nor a slice of one."""
    known = [name for name in estate.per_card if sliced or "/" not in name]
    for name in names:
        chip = estate.chip.get(name)
        if chip is not None and chip.kind is ChipKind.CPU:
            message = Sentence("`{name}` is a cpu: an accelerator is wanted here", name=name)
            yield Finding(document, (*path, name), Code.WRONG_KIND, message, at_key=True)
        else:
            yield from Known("accelerator", known).refer(document, (*path, name), name, at_key=True)
