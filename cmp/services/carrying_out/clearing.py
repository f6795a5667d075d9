"""Refuses to carry a Plan out while servers stand in its way inside their pools."""

from __future__ import annotations

from cmp.errors import Refused
from cmp.means import Means
from cmp.model.moves import Basis
from cmp.model.plan import FirstMove, Plan
from cmp.sentences import Sentence

TOLD = 8
"""Servers that a refusal names."""


def refuse_in_the_way(plan: Plan, means: Means) -> None:
    """Refuse a Plan whose new servers find no room until others have moved; those that moved are not told.

    Raises:
        Refused: the sentence names each server with its host and the one that it has to go to.
    """
    waiting = _waiting(plan, means) if plan.moves_first else ()
    if not waiting:
        return
    told = "; ".join(each.sentence for each in waiting[:TOLD])
    more = f" and {len(waiting) - TOLD} more" if len(waiting) > TOLD else ""
    raise Refused(
        Sentence(
            "the plan {hash} needs {waiting} servers moved in their pools first: {told}{more}",
            hash=plan.hash[:12],
            waiting=len(waiting),
            told=told,
            more=more,
        ),
        hint="move them live with the cloud's own means, then run the same command",
    )


def _waiting(plan: Plan, means: Means) -> tuple[FirstMove, ...]:
    """Those that a cloud does not list where they have to be."""
    from cmp.services.standings import host_map_of  # noqa: PLC0415 - most Plans let nobody move first

    reality = host_map_of(plan, means.clouds(plan.environment)).reality
    told = reality.standings if reality.basis is Basis.CLOUDS else ()
    there = {(each.server, each.pool, each.host) for each in told if each.pool not in reality.unseen}
    return tuple(each for each in plan.moves_first if (each.server, each.pool, each.to) not in there)
