"""Looks, from within a fresh tree, for what a gate or a test would miss after everything was installed."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from cmp.errors import TryLater
from cmp.installation import HERE
from toolchain.building import settings
from toolchain.doctor import Check, checks
from toolchain.gates.listing import ENGINE_CHECKS, GATES, KUBERNETES_CHECKS
from toolchain.golang import ensure_go
from toolchain.programs import follow
from toolchain.shelf import Shelf
from toolchain.system_packages import PACKAGES, lacking
from toolchain.versions import ENGINE


def findings(missing: Iterable[str], present: Iterable[Check]) -> list[str]:
    """A sentence for each program of the table that is missing and each gate that could not run.

    What is built is left out, the engine and what Kubernetes needs: it takes minutes, and `startable` shows
    that it could begin.
    """
    built = (*ENGINE_CHECKS, *KUBERNETES_CHECKS)
    lacks = {check.name: check for check in present if not check.ok and check.name not in built}
    return [
        *(f"{program} is missing, though {PACKAGES[program]} was installed" for program in missing),
        *(
            f"gate {gate.name} could not run: {lacks[need].name}: {lacks[need].found} ({lacks[need].remedy})"
            for gate in GATES
            for need in gate.needs
            if need in lacks
        ),
    ]


def startable() -> None:
    """Bring Go where there is none, and fetch one module of the engine with it.

    Raises:
        TryLater: a build of the engine could not even begin.
    """
    shelf = Shelf(HERE.toolchain())
    go = ensure_go(shelf, say)
    module = f"{ENGINE.modules[-1]}@v{ENGINE.versions[0]}"
    say(f"fetching {module}")
    follow([go, "mod", "download", module], shelf.folder, settings(), say)


def say(line: str) -> None:
    """Print a line of progress at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Print what is missing; returns the exit code."""
    found = findings(lacking(*PACKAGES), checks(HERE.packages / ".tricenter"))
    try:
        startable()
    except TryLater as refusal:
        found.append(f"the engine could not be built: {refusal}")
    for sentence in found:
        say(f"missing: {sentence}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
