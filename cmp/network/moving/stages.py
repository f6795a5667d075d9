"""Lays out the stages of a move, phase by phase and wave by wave, and of the way back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cmp.model.migration import MigrationPlan, Phase
from cmp.model.migration_journal import Direction, HostEntry, HostStanding, MigrationJournal, Stage

SECONDS_TO_CONFIRM = 45.0
SECONDS_A_HOST = 2.0
"""How long a host waits for its confirmation: its wave has to be switched and checked in that time."""


def forward(plan: MigrationPlan, phases: Sequence[Phase]) -> tuple[Stage, ...]:
    """The stages of some phases: each phase is through all waves before the next begins (RFC 4192)."""
    moves = plan.by_host()
    return tuple(
        Stage(phase=phase, wave=wave.name, direction=Direction.FORWARD)
        for phase in phases
        for wave in plan.waves
        if all(phase in moves[host].phases for host in wave.hosts)
    )


def entries(plan: MigrationPlan, stages: Sequence[Stage]) -> tuple[HostEntry, ...]:
    """One entry for each host of each stage."""
    hosts = {wave.name: wave.hosts for wave in plan.waves}
    return tuple(
        HostEntry(phase=stage.phase, wave=stage.wave, host=host, direction=stage.direction)
        for stage in stages
        for host in hosts[stage.wave]
    )


def backward(journal: MigrationJournal, waves: int | None) -> MigrationJournal:
    """The journal with the way back of its last confirmed waves appended; None takes all of them back.

    A stage with no confirmed host has nothing to take back, and one that was taken back before is left out.
    """
    stages: list[Stage] = []
    added: list[HostEntry] = []
    for stage in reversed(journal.stages):
        if stage.direction is Direction.BACK or (waves is not None and len(stages) >= waves):
            continue
        back = stage.model_copy(update={"direction": Direction.BACK, "checks": (), "began": "", "ended": ""})
        done = {entry.host for entry in journal.of(back) if entry.standing is HostStanding.CONFIRMED}
        hosts = [
            entry.host
            for entry in journal.of(stage)
            if entry.standing is HostStanding.CONFIRMED and entry.host not in done
        ]
        known = {entry.host for entry in journal.of(back)}
        if hosts:
            stages.append(back)
            added += [
                HostEntry(phase=stage.phase, wave=stage.wave, host=host, direction=Direction.BACK)
                for host in hosts
                if host not in known
            ]
    fresh = tuple(stage for stage in stages if stage not in journal.stages)
    return journal.model_copy(
        update={"stages": (*journal.stages, *fresh), "entries": (*journal.entries, *added)}
    )


def still_moved(journal: MigrationJournal, phases: Collection[Phase] = tuple(Phase)) -> frozenset[str]:
    """The hosts that some of these phases changed and that were not put back from it."""
    done = {
        direction: {
            (entry.phase, entry.wave, entry.host)
            for entry in journal.entries
            if entry.phase in phases
            and entry.direction is direction
            and entry.standing is HostStanding.CONFIRMED
        }
        for direction in Direction
    }
    return frozenset(host for _, _, host in done[Direction.FORWARD] - done[Direction.BACK])


def seconds_to_confirm(hosts: int) -> float:
    """How long the hosts of a wave wait for their confirmation."""
    return SECONDS_TO_CONFIRM + SECONDS_A_HOST * hosts
