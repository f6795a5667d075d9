"""An actor is somebody: it has an id, and a name that people can read."""

from __future__ import annotations

import pytest

from cmp.model.actors import LONGEST, Actor, ActorKind


def test_an_actor_is_read_by_its_name_and_else_by_its_id() -> None:
    assert str(Actor("li@example", display="Li")) == "Li"
    assert str(Actor("pipeline#7", ActorKind.PROGRAM)) == "pipeline#7"


@pytest.mark.parametrize(("account", "display"), [("", ""), ("  ", "Li"), ("x" * (LONGEST + 1), "")])
def test_nobody_asks_for_nothing(account: str, display: str) -> None:
    with pytest.raises(ValueError, match="an actor"):
        Actor(account, display=display)
