"""Looks at hosts from elsewhere, through a door: each question is a fresh connection from a fresh process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmp.network.measurement.reachability import Pair
from cmp.probes.asking import matrix
from cmp.services.migrating.place import Knock

HERE = "outside"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Asks from behind a door; an empty one asks from here."""

    door: tuple[str, ...]

    def unanswered(self, asks: Sequence[Knock]) -> tuple[Knock, ...]:
        """Those that did not answer.

        Raises:
            TryLater: nobody could be asked.
        """
        pairs = {ask: _pair(ask) for ask in asks}
        answers = matrix(pairs.values(), {HERE: self.door})
        return tuple(ask for ask, pair in pairs.items() if not answers[pair])


def _pair(ask: Knock) -> Pair:
    protocol = "icmp" if ask.port is None else "tcp"
    return Pair(HERE, str(ask.target), ask.target.version, protocol, ask.port or 0)
