"""Gives consent, takes it back, and asks for it where an environment is changed by consent alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cmp.errors import Invalid, Refused
from cmp.means import Means
from cmp.model.audit import AskedFor, AuditEntry, Ended
from cmp.model.consent import Consent, Demand, Revoked
from cmp.sentences import Sentence
from cmp.services.changes.changing import Change

NAME: Final = 16
"""Characters of a token that name a consent."""


@dataclass(frozen=True, slots=True)
class Consents:
    """Every consent of an environment, the oldest first, and whether it asks for one."""

    environment: str
    demand: Demand | None
    entries: tuple[Consent, ...]

    @property
    def is_demanded(self) -> bool:
        """True where the environment is changed by consent alone."""
        return self.demand is not None and self.demand.on

    @property
    def document(self) -> dict[str, Any]:
        """All of it as it is kept."""
        return {
            "environment": self.environment,
            "demanded": self.is_demanded,
            "consents": [each.model_dump(mode="json") for each in self.entries],
        }


def listed(means: Means, environment: str) -> Consents:
    """The consents of an environment.

    Raises:
        Invalid: one of them cannot be read, or was changed.
    """
    kept = means.ports.consents
    return Consents(environment, kept.demand(environment), kept.of(environment))


def give(means: Means, environment: str, about: str, until: datetime) -> Consents:
    """Agree that what has this hash is carried out until a moment; it is on record who and why.

    Raises:
        Invalid: that is no hash, or no moment to come.
        TryLater: it cannot be kept.
    """
    now = means.now()
    if until <= now:
        raise Invalid(
            Sentence("{isoformat} is past: such a consent would never hold", isoformat=until.isoformat())
        )
    try:
        consent = Consent(
            id=f"consent-{means.token()[:NAME]}",
            environment=environment,
            about=about,
            by=means.actor.id,
            kind=means.actor.kind,
            at=now,
            until=until,
            reason=means.reason,
        ).sealed()
    except ValueError as error:
        raise Invalid(
            Sentence(
                "{about} of {environment} is not what somebody can agree to",
                about=f"{about!r:.80}",
                environment=f"{environment!r:.40}",
            ),
            hint="name the environment and the whole hash: 64 digits, as the refusal or the plan tells it",
        ) from error
    _recorded(means, environment, "consent give", consent.id)
    means.ports.consents.keep(consent)
    return listed(means, environment)


def revoke(means: Means, environment: str, name: str) -> Consents:
    """Take a consent back; what was carried out by it stays.

    Raises:
        Invalid: there is none of that id, or it was taken back before.
        TryLater: it cannot be kept.
    """
    found = {each.id: each for each in means.ports.consents.of(environment)}
    if name not in found:
        known = ", ".join(found) or "none"
        raise Invalid(
            Sentence("{environment} has no consent {name}", environment=environment, name=f"{name!r:.60}"),
            hint=Sentence("known: {known}", known=known),
        )
    if found[name].revoked is not None:
        raise Invalid(Sentence("{name} was taken back already", name=name))
    taken = Revoked(by=means.actor.id, at=means.now(), reason=means.reason)
    _recorded(means, environment, "consent revoke", name)
    means.ports.consents.keep(found[name].model_copy(update={"revoked": taken}).sealed())
    return listed(means, environment)


def demand(means: Means, environment: str, *, on: bool) -> Consents:
    """Change an environment by consent alone from now on, or no longer.

    Raises:
        Invalid: no environment can be called so.
        TryLater: it cannot be kept.
    """
    try:
        wanted = Demand(
            environment=environment, on=on, by=means.actor.id, at=means.now(), reason=means.reason
        )
    except ValueError as error:
        raise Invalid(
            Sentence("no environment is called {environment}", environment=f"{environment!r:.40}")
        ) from error
    _recorded(means, environment, f"consent demand {'on' if on else 'off'}", "")
    means.ports.consents.keep_demand(wanted)
    return listed(means, environment)


def require(means: Means, change: Change, about: str) -> None:
    """Refuse what nobody else agreed to, where the environment asks for it; else write down whose word it is.

    Raises:
        Refused: no consent to exactly this holds now, or it was given by who asks for the change.
        TryLater: the audit cannot be written: then nothing is changed.
    """
    environment = change.lease.environment
    found = listed(means, environment)
    if not found.is_demanded:
        return
    now = means.now()
    holding = [each for each in found.entries if each.about == about and each.holds(now)]
    others = [each for each in holding if each.by != means.actor.id]
    if not others:
        raise _missing(found, about, own=bool(holding))
    change.agreed(means, others[-1].id)


def _missing(found: Consents, about: str, *, own: bool) -> Refused:
    who = "only by who asks for it" if own else "by nobody"
    past = any(each.about == about for each in found.entries) and not own
    ended = "; a consent to it has ended or was taken back" if past else ""
    return Refused(
        Sentence(
            "{environment} is changed by consent alone, and {about} was agreed to {who}{ended}",
            environment=found.environment,
            about=about,
            who=who,
            ended=ended,
        ),
        hint=Sentence(
            "somebody else agrees with `tricenter consent give {environment} {about}`",
            environment=found.environment,
            about=about,
        ),
    )


def _recorded(means: Means, environment: str, command: str, consent: str) -> None:
    """Write into the audit first: what cannot be written there does not happen."""
    asked = AskedFor(
        actor=means.actor.id,
        kind=means.actor.kind,
        environment=environment,
        command=command,
        run=means.token()[:NAME],
        reason=means.reason,
    )
    entry = AuditEntry(number=0, at=means.now().isoformat(), asked=asked, ended=Ended.DONE, consent=consent)
    means.ports.audit.add(entry)
