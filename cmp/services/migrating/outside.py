"""Looks at hosts from elsewhere, through a door: each question is a fresh connection from a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from cmp.errors import TryLater
from cmp.services.migrating.place import Ask
from cmp.settings import ROOT

SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Asks from behind a door; an empty one asks from here."""

    door: tuple[str, ...]

    def unanswered(self, asks: Sequence[Ask]) -> tuple[Ask, ...]:
        """Those that did not answer.

        Raises:
            TryLater: nobody could be asked.
        """
        if not asks:
            return ()
        questions = [{"target": str(ask.target), "port": ask.port} for ask in asks]
        try:
            done = subprocess.run(
                [*self.door, sys.executable, "-m", "cmp.services.migrating.knocking"],
                input=json.dumps(questions),
                capture_output=True,
                text=True,
                check=True,
                timeout=SECONDS,
                cwd=ROOT,
            )
            answers = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            raise TryLater(f"hosts cannot be looked at from outside: {error}") from error
        return tuple(ask for ask, answered in zip(asks, answers, strict=True) if not answered)
