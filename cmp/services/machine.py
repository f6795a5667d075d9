"""Looks at the machine that Tricenter runs on, and brings the engine to it."""

from __future__ import annotations

from collections.abc import Callable

from cmp.errors import Invalid
from cmp.installation import HERE
from cmp.native.telling import Standing
from cmp.settings import Layout
from toolchain.doctor import Check, checks
from toolchain.downloading import Official
from toolchain.engine import Engine, ensure, find

_HEX_OF_SHA256 = 64


def examine(layout: Layout) -> tuple[Check, ...]:
    """What this machine has and lacks, in the order a newcomer needs it; nothing is changed."""
    return (_native_code(), *checks(layout.root))


def warm() -> tuple[Standing, ...]:
    """Compile everything that searches, unless that is done; whether each part is kept now, and where."""
    from cmp.scheduler import warming  # noqa: PLC0415 - the doctor's other answers do not wait for it

    return warming.warm()


def bring_engine(report: Callable[[str], None], sha256: str = "") -> tuple[Engine, bool]:
    """Find the Pulumi engine, or bring it and keep it; what is there already stays as it is.

    Args:
        report: takes each line of progress.
        sha256: what the official archive must have, in hex; empty: what is pinned here.

    Returns:
        The engine, and whether it was brought now.

    Raises:
        Invalid: the checksum is none.
        Refused: the official archive has another checksum.
        TryLater: no way led to an engine; the sentence names every way and why it failed.
    """
    if sha256 and (len(sha256) != _HEX_OF_SHA256 or set(sha256.lower()) - set("0123456789abcdef")):
        raise Invalid(f"{sha256:.80} is no SHA-256", hint="write its 64 hexadecimal digits")
    toolchain = HERE.toolchain()
    before = find(toolchain)
    engine = ensure(toolchain, report, Official(sha256=sha256))
    return engine, before is None


def _native_code() -> Check:
    """Whether the search is compiled; where it can be kept it need not be, the first plan sees to it."""
    from cmp.scheduler import warming  # noqa: PLC0415 - bringing the engine does not wait for it

    found = warming.standings()
    obstacle = next((each.obstacle for each in found if each.obstacle), "")
    kept = sum(each.kept for each in found)
    later = "" if kept == len(found) else ", the rest comes with the first plan or tricenter doctor --warm"
    folder = found[0].file.parent if found[0].file else "nothing"
    return Check(
        "native code",
        not obstacle,
        obstacle or f"{kept} of {len(found)} parts of the search are compiled in {folder}{later}",
        "plan and all that searches; where it cannot be kept each run compiles for itself",
        "name a folder of yours in XDG_CACHE_HOME, then run tricenter doctor --warm",
    )
