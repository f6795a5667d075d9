"""Reads an environment and notes what only the rules can tell: settings and waivers that name no rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from cmp.errors import Problem
from cmp.means import Means
from cmp.model.codes import Code
from cmp.model.environment import Environment
from cmp.model.happenings import Event
from cmp.model.references import EnvironmentRef
from cmp.ports.bundle import Ports
from cmp.ports.loaded import Loaded
from policies.rules.registry import RULES


@dataclass(frozen=True, slots=True)
class Validated:
    """An environment in which nothing is wrong, and what is worth to be noted."""

    environment: Environment
    notes: tuple[Problem, ...]

    @property
    def document(self) -> dict[str, Any]:
        """Its name, no problems, and the notes with their places."""
        notes = [
            {"file": n.file, "line": n.line, "column": n.column, "code": n.code, "message": n.message}
            for n in self.notes
        ]
        return {"environment": self.environment.name, "problems": [], "notes": notes}


def validate(means: Means, ref: EnvironmentRef) -> Validated:
    """Read an environment and cross-check it; each note is reported as it stands.

    Raises:
        Invalid: anything in it is wrong; every place is told.
    """
    loaded = read(ref, means.ports)
    for note in loaded.notes:
        means.say(Event("note", note.file, {"text": str(note)}))
    return Validated(loaded.environment, loaded.notes)


def read(ref: EnvironmentRef, ports: Ports) -> Loaded:
    """Read an environment; a rule that this version does not have is noted, since it has no effect.

    Raises:
        Invalid: anything in it is wrong; every place is told.
    """
    loaded = ports.environments.load(ref)
    return replace(loaded, notes=(*loaded.notes, *_unknown_rules(loaded)))


def _unknown_rules(loaded: Loaded) -> Iterator[Problem]:
    policy = loaded.environment.policy
    named = [("rules", "id", index, setting.id) for index, setting in enumerate(policy.rules)]
    named += [("waivers", "rule", index, waiver.rule) for index, waiver in enumerate(policy.waivers)]
    for section, field, index, rule in named:
        if rule not in RULES:
            near = get_close_matches(rule, RULES, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(RULES)}"
            sentence = f"this version has no rule `{rule}`: the entry has no effect"
            yield loaded.where("policy", section, index, field).problem(Code.DANGLING, sentence, hint)
