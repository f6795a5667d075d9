"""Answers use cases from a service: the same arguments, the same values, whoever carries them out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar, cast

from cmp.client.bundling import Bundle, bundled
from cmp.client.operations import Following
from cmp.client.remembering import Memory
from cmp.client.speaking import Speaking
from cmp.errors import Invalid, Refused, Stale
from cmp.means import Means
from cmp.model.references import EnvironmentRef
from cmp.workflows.wire import read

if TYPE_CHECKING:
    from cmp.model.plan import Plan
    from cmp.services.bringing_up import Applied, Charge
    from cmp.services.carrying_out.documents import Previewed
    from cmp.services.planning.describing import Explained, Question
    from cmp.services.planning.keeping import KeptPlan
    from cmp.services.planning.making import PlanMade
    from cmp.services.planning.planning import Wish
    from cmp.services.planning.proofs import ProofWish, Proved
    from cmp.services.planning.reading import Validated
    from cmp.services.verifying.drift import Drift

P = ParamSpec("P")
A = TypeVar("A")
NOBODY: Final = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """A service that is asked instead of the use cases here."""

    means: Means
    speaking: Speaking
    memory: Memory

    def ask(self, use_case: Callable[Concatenate[Means, P], A], *args: P.args, **kwargs: P.kwargs) -> A:
        """What a use case answers, carried out by the service.

        Raises:
            Refused: this use case is not asked of a service in this version.
            CmpError: what it refuses there.
        """
        name = f"{use_case.__module__}.{use_case.__name__}"
        if name not in ASKED:
            raise Refused(
                f"`{use_case.__name__}` is not asked of a service in this version", hint="leave out --server"
            )
        return cast("A", ASKED[name](self, *args, **kwargs))

    @property
    def following(self) -> Following:
        """Follows operations."""
        return Following(self.speaking, self.memory, self.means.watch, self.means.reason)

    def push(self, bundle: Bundle) -> Mapping[str, Any]:
        """Upload an environment as the next revision after the one that was known here.

        Raises:
            Stale: somebody else pushed meanwhile.
            Invalid: anything in it is wrong.
        """
        parent = self.memory.pushed(bundle.name)
        headers = {"If-Match": f'"{parent}"'} if parent else {"If-None-Match": "*"}
        path = f"/v1/environments/{bundle.name}/revisions"
        headers |= {"Tricenter-Reason": self.means.reason}
        made = cast("Mapping[str, Any]", self.speaking.post(path, bundle.document, headers))
        self.memory.push(bundle.name, made["id"])
        return made

    def bundle(self, ref: EnvironmentRef) -> Bundle:
        """The files of an environment, as they are uploaded.

        Raises:
            Invalid: there is no such folder, said as it is where files are read here.
        """
        folder = folder_of(ref)
        if not folder.is_dir():
            self.means.ports.environments.load(ref)
        return bundled(folder)

    def pushed(self, ref: EnvironmentRef) -> Bundle:
        """An environment whose files are the newest revision there, pushed where they are not yet."""
        bundle = self.bundle(ref)
        if self.memory.pushed(bundle.name) != bundle.id or not self._is_head(bundle):
            self.push(bundle)
        return bundle

    def answered(self, kind: str, bundle: Bundle, ask: Mapping[str, Any]) -> Any:
        """What an operation on an environment answers."""
        return self.following.answered(kind, bundle.name, bundle.id, ask)

    def _is_head(self, bundle: Bundle) -> bool:
        found = self.speaking.get(f"/v1/environments/{bundle.name}")
        if found["id"] == bundle.id:
            return True
        raise Stale(
            f"{bundle.name} has a newer revision there: {found['number']} ({found['id'][:12]}) of "
            f"{found['actor']}",
            hint=f"look at what changed, then `tricenter push` with --parent {found['id']}",
        )


def folder_of(ref: EnvironmentRef) -> Path:
    """The folder whose files are uploaded.

    Raises:
        Invalid: a shared state keeps the environment, and its files are not at hand.
    """
    if ref.is_stored:
        raise Invalid(f"{ref} is no folder: its files cannot be uploaded", hint="name the folder")
    return Path(ref.name)


def source_of(ref: EnvironmentRef) -> str:
    """Where a Plan's environment lies, as it is said of one made here: relative below the current folder."""
    folder = folder_of(ref).resolve()
    return (folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder).as_posix()


def _validate(remote: Remote, ref: EnvironmentRef) -> Validated:
    from cmp.services.planning.reading import Validated  # noqa: PLC0415 - a call asks for few

    bundle = remote.bundle(ref)
    remote.speaking.post(f"/v1/environments/{bundle.name}/drafts", bundle.document)
    return read(Validated, remote.answered("validate", bundle, {}))


def _plan(
    remote: Remote,
    ref: EnvironmentRef,
    wish: Wish,
    out: str | None = None,
    show: Callable[[KeptPlan], None] = lambda _kept: None,
    until: str | None = None,
) -> PlanMade:
    from cmp.client.receiving import received  # noqa: PLC0415
    from cmp.services.planning.making import PlanMade  # noqa: PLC0415

    bundle = remote.pushed(ref)
    previous = remote.means.ports.plans.named(wish.previous).hash if wish.previous else None
    ask = {
        "at": wish.at.isoformat() if wish.at else None,
        "seed": wish.seed,
        "previous": previous,
        "fresh": wish.fresh,
        "effort": wish.effort if wish.seconds is None else None,
        "seconds": wish.seconds,
        "max_moves": wish.max_moves,
        "until": until,
    }
    sent = remote.answered("plan", bundle, ask)
    plan = json.loads(remote.speaking.raw(f"/v1/plans/{bundle.name}/{sent['kept']['plan']}"))
    sent["kept"]["plan"] = {**plan, "source": source_of(ref)}
    made = received(read(PlanMade, sent), remote.means.ports, out)
    show(made.kept)
    return made


def _look_ahead(
    remote: Remote,
    ref: EnvironmentRef,
    wish: Wish,
    until: str,
    out: str | None = None,
    show: Callable[[KeptPlan], None] = lambda _kept: None,
) -> PlanMade:
    return _plan(remote, ref, wish, out, show, until)


def _prove(remote: Remote, ref: EnvironmentRef, wish: ProofWish | None = None) -> Proved:
    from cmp.services.planning.proofs import ProofWish, Proved  # noqa: PLC0415

    wanted = wish or ProofWish()
    bundle = remote.pushed(ref)
    plan = remote.means.ports.plans.named(wanted.file).hash if wanted.file else None
    ask = {"plan": plan, "lose": wanted.lose, "details": wanted.details, "additions": wanted.additions}
    return read(Proved, remote.answered("prove", bundle, ask))


def _explain(remote: Remote, ref: EnvironmentRef, question: Question, *, changes: bool = True) -> Explained:
    from cmp.services.planning.describing import Explained  # noqa: PLC0415

    ask = {
        "workload": question.workload,
        "component": question.component,
        "pool": question.pool,
        "changes": changes,
    }
    return read(Explained, remote.answered("explain", remote.pushed(ref), ask))


def _preview(remote: Remote, file: str, only: Sequence[str] = (), *, every: bool = False) -> Previewed:
    from cmp.services.carrying_out.documents import Previewed  # noqa: PLC0415

    _refuse_part(only)
    return read(Previewed, _of_plan(remote, "preview", file, {"every": every}))


def _apply(remote: Remote, file: str, charge: Charge) -> Applied:
    from cmp.services.bringing_up import Applied  # noqa: PLC0415

    _refuse_part(charge.only)
    ask = {"partial": charge.partial, "deletions": charge.deletions}
    return read(Applied, _of_plan(remote, "apply", file, ask))


def _refuse_part(only: Sequence[str]) -> None:
    if only:
        raise Refused(
            "a service carries whole Plans out in this version", hint="leave out --only or --server"
        )


def _of_plan(remote: Remote, kind: str, file: str, ask: Mapping[str, Any]) -> Any:
    plan: Plan = remote.means.ports.plans.named(file)
    name = plan.environment.name
    return remote.following.answered(kind, name, NOBODY, {"plan": plan.hash, **ask})


def _drift(remote: Remote, ref: EnvironmentRef) -> Drift:
    from cmp.services.verifying.drift import Drift  # noqa: PLC0415

    return read(Drift, remote.answered("verify", remote.pushed(ref), {}))


ASKED: Final[Mapping[str, Callable[..., Any]]] = {
    "cmp.services.planning.reading.validate": _validate,
    "cmp.services.planning.making.make": _plan,
    "cmp.services.planning.making.look_ahead": _look_ahead,
    "cmp.services.planning.proofs.prove": _prove,
    "cmp.services.planning.describing.explain": _explain,
    "cmp.services.carrying_out.applying.preview": _preview,
    "cmp.services.bringing_up.apply_and_verify": _apply,
    "cmp.services.verifying.drift.look": _drift,
}
"""Use cases that a service is asked for, by their full names."""
