"""Schedules: what the service asks for by itself, in the name of whoever made them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from cmp.api.deps import NotThere, PersonDep, Reason, Service, ServiceDep, require
from cmp.api.problems import ANSWERS
from cmp.identity.rights import Person
from cmp.model.base import ID
from cmp.model.schedules import CatchUp, Schedule
from cmp.sentences import Sentence
from cmp.workflows.asking import ask_of
from cmp.workflows.kinds import KINDS
from cmp.workflows.scheduling import refuse_unfit

router = APIRouter(prefix="/v1/schedules", tags=["schedules"], responses=ANSWERS)

Environment = Annotated[str, Path(pattern=ID, max_length=40)]
Name = Annotated[str, Path(pattern=ID, max_length=40)]
WEEK = 7 * 86_400


class NewSchedule(BaseModel):
    """What is asked for, when, and how old a missed time may be that is made up for (seconds)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["validate", "plan", "prove", "verify"]
    ask: dict[str, Any] = Field(default_factory=dict)
    cron: Annotated[str, Field(min_length=1, max_length=100)]
    zone: Annotated[str, Field(min_length=1, max_length=60)] = "UTC"
    catch_up: CatchUp = CatchUp.SKIP
    oldest: Annotated[int, Field(ge=0, le=WEEK)] = 86_400


class ScheduleView(NewSchedule):
    """A schedule as it is told; `last` and `started` are moments, empty where there was none yet."""

    environment: str
    name: str
    actor: str
    reason: str
    last: str
    started: str
    operation: str
    missed: int
    trouble: str
    paused: str


class SchedulePage(BaseModel):
    """Schedules, by environment and name."""

    items: list[ScheduleView]


@router.get("", name="list_schedules")
def list_schedules(service: ServiceDep, person: PersonDep) -> SchedulePage:
    """Every schedule that you may see."""
    found = [each for each in service.schedules.listed() if person.may("read", each.environment)]
    return SchedulePage(items=[view(each) for each in found])


@router.put("/{environment}/{name}", name="make_schedule", status_code=201)
def make_schedule(
    service: ServiceDep,
    person: PersonDep,
    environment: Environment,
    name: Name,
    wanted: NewSchedule,
    reason: Reason = "",
) -> ScheduleView:
    """Make a schedule, or another in its place: it asks in your name, as long as you may."""
    require(person, KINDS[wanted.kind].right, environment)
    head = service.operations.head(environment)
    if head is None:
        raise NotThere(Sentence("there is no environment {name}", name=environment))
    schedule = Schedule(
        id=service.token(),
        name=name,
        environment=environment,
        environment_id=head.environment_id,
        kind=wanted.kind,
        ask=ask_of(wanted.kind, wanted.ask).model_dump(mode="json"),
        cron=wanted.cron,
        zone=wanted.zone,
        catch_up=wanted.catch_up,
        oldest=wanted.oldest,
        actor=person.actor.id,
        actor_kind=person.actor.kind,
        actor_name=person.actor.display,
        reason=reason,
        created=service.now().isoformat(),
    )
    refuse_unfit(schedule)
    return _kept(service, person, (service.schedules.found(environment, name), schedule), "make", reason)


@router.post("/{environment}/{name}/pause", name="pause_schedule")
def pause_schedule(
    service: ServiceDep, person: PersonDep, environment: Environment, name: Name, reason: Reason = ""
) -> ScheduleView:
    """Have a schedule ask for nothing until it is resumed; times that pass meanwhile are missed."""
    found = _changeable(service, person, environment, name)
    return _kept(service, person, (found, found.changed(paused=reason or person.actor.id)), "pause", reason)


@router.post("/{environment}/{name}/resume", name="resume_schedule")
def resume_schedule(
    service: ServiceDep, person: PersonDep, environment: Environment, name: Name, reason: Reason = ""
) -> ScheduleView:
    """Have a schedule that was paused ask again."""
    found = _changeable(service, person, environment, name)
    return _kept(service, person, (found, found.changed(paused="")), "resume", reason)


@router.delete("/{environment}/{name}", name="drop_schedule", status_code=204)
def drop_schedule(
    service: ServiceDep, person: PersonDep, environment: Environment, name: Name, reason: Reason = ""
) -> Response:
    """Forget a schedule; what it asked for goes on."""
    found = _changeable(service, person, environment, name)
    service.schedules.drop(environment, name)
    _note(service, person, found, "drop", reason)
    return Response(status_code=204)


def view(schedule: Schedule) -> ScheduleView:
    """A schedule as it is told."""
    return ScheduleView.model_validate(schedule.model_dump(include=set(ScheduleView.model_fields)))


def _changeable(service: Service, person: Person, environment: str, name: str) -> Schedule:
    require(person, "read", environment)
    found = service.schedules.found(environment, name)
    if found is None:
        raise NotThere(Sentence("{environment} has no schedule {name}", environment=environment, name=name))
    require(person, KINDS[found.kind].right, environment)
    return found


def _kept(
    service: Service, person: Person, change: tuple[Schedule | None, Schedule], verb: str, reason: str
) -> ScheduleView:
    """Keep a schedule in place of the one before it, and note that."""
    before, after = change
    made = service.schedules.put(after, before)
    _note(service, person, made, verb, reason)
    return view(made)


def _note(service: Service, person: Person, schedule: Schedule, verb: str, reason: str) -> None:
    command = f"{verb} schedule {schedule.name}"
    service.note(person.actor, schedule.environment, command, schedule.id[:16], reason)
