"""Looks at clusters before anything is previewed there: who answers, and whose the objects are.

The official provider takes a lost cluster for an unchanged one, and an object that is there already for its
own: a later deletion would then take a stranger's. So both are asked beforehand, and only the stacks of the
cluster concerned are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, runtime_checkable

from cmp.clouds.base import Cloud, Resource
from cmp.errors import CmpError, Refused
from cmp.means import Means
from cmp.model.plan import Plan
from cmp.sentences import Sentence
from cmp.services.carrying_out.access import left_out
from stacks.objects.containers import containers
from stacks.objects.manifest import LISTED
from stacks.objects.platform import platform
from stacks.programs.rows import clusters_of

SHOWN = 5


@runtime_checkable
class Identified(Protocol):
    """A cloud that says which one it is."""

    @property
    def identity(self) -> str:
        """The same for as long as it lives."""
        ...


def refusals(means: Means, plan: Plan) -> Mapping[str, CmpError]:
    """Why nothing may be previewed or changed in a cluster, by cloud; those that are well are not named."""
    names = clusters_of(plan, left_out(means.workshop))
    if not names:
        return {}
    known, clouds = means.ports.clusters.known(), means.clouds(plan.environment)
    with ThreadPoolExecutor(len(names)) as threads:
        found = threads.map(partial(_refusal, plan, clouds, known), names)
    return {name: error for name, error in zip(names, found, strict=True) if error is not None}


def keep_identities(means: Means, plan: Plan, refused: Mapping[str, CmpError]) -> None:
    """Remember which clusters a Plan is about to be carried out on."""
    clouds = means.clouds(plan.environment)
    names = set(clusters_of(plan, left_out(means.workshop))) - set(refused)
    found = {name: cloud.identity for name in sorted(names) if isinstance(cloud := clouds[name], Identified)}
    if found:
        means.ports.clusters.remember(found)


def _refusal(plan: Plan, clouds: Mapping[str, Cloud], known: Mapping[str, str], name: str) -> CmpError | None:
    cloud = clouds[name]
    try:
        there = cloud.list()
        if isinstance(cloud, Identified):
            _refuse_another(name, known.get(name), cloud.identity)
        _refuse_strangers(plan, name, there)
    except CmpError as error:
        return error
    return None


def _refuse_another(name: str, before: str | None, now: str) -> None:
    if before is not None and before != now:
        raise Refused(
            Sentence(
                "another cluster answers for {name}: {now} and no longer {before}; nothing was asked of it",
                name=name,
                now=now,
                before=before,
            ),
            hint="reach the one that is meant, or take this environment down first",
        )


def _refuse_strangers(plan: Plan, name: str, there: Iterable[Resource]) -> None:
    """Refuse to take over objects of the names that a Plan gives, unless this environment made them."""
    wanted = {
        (LISTED[each.kind], each.path)
        for each in (*platform(plan, name), *containers(plan, name, str))
        if each.kind in LISTED
    }
    strange = sorted(
        f"{each.kind} {each.name}"
        for each in there
        if (each.kind, each.name) in wanted and each.tags.get("environment") != plan.environment.name
    )
    if strange:
        more = f" and {len(strange) - SHOWN} more" if len(strange) > SHOWN else ""
        raise Refused(
            Sentence(
                "{name} has objects of these names that this environment did not make: {names}{more}",
                name=name,
                names=", ".join(strange[:SHOWN]),
                more=more,
            ),
            hint="they would be taken over and later deleted: remove or rename them first",
        )
