"""Looks at the machine that Tricenter runs on, and brings the engine to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cmp.errors import Invalid
from cmp.installation import HERE
from cmp.means import Means
from cmp.native.telling import Standing
from cmp.sentences import Sentence
from toolchain import control_plane, kubernetes_provider
from toolchain.control_plane import ControlPlane
from toolchain.doctor import Check, checks
from toolchain.downloading import Official
from toolchain.engine import Engine, ensure, find
from toolchain.kubernetes_provider import Provider

_HEX_OF_SHA256 = 64


@dataclass(frozen=True, slots=True)
class Examined:
    """What this machine has and lacks, in the order a newcomer needs it."""

    checks: tuple[Check, ...]

    @property
    def lacks(self) -> bool:
        """True where something is missing."""
        return not all(check.ok for check in self.checks)

    @property
    def document(self) -> dict[str, Any]:
        """One entry a check."""
        return {"checks": [asdict(check) for check in self.checks]}


@dataclass(frozen=True, slots=True)
class Warmed:
    """Whether the code of each part of the search is kept now, and where."""

    units: tuple[Standing, ...]

    @property
    def lacks(self) -> bool:
        """True where a part cannot be kept."""
        return not all(unit.kept for unit in self.units)

    @property
    def document(self) -> dict[str, Any]:
        """One entry a part."""
        return {
            "native": [
                {"unit": unit.unit, "kept": unit.kept, "file": str(unit.file), "obstacle": unit.obstacle}
                for unit in self.units
            ]
        }


@dataclass(frozen=True, slots=True)
class EngineFound:
    """The Pulumi engine, and whether it was brought now."""

    engine: Engine
    brought: bool
    provider: Provider | None = None
    control_plane: ControlPlane | None = None

    @property
    def kubernetes(self) -> tuple[str, ...]:
        """What Kubernetes clouds and their lab need, where it was asked for, in words."""
        return tuple(str(part) for part in (self.provider, self.control_plane) if part)

    @property
    def document(self) -> dict[str, Any]:
        """Where it lies, which one it is and where it came from."""
        host = self.engine.language_host
        return {
            "engine": str(self.engine.pulumi),
            "language_host": str(host) if host else None,
            "version": self.engine.version,
            "origin": self.engine.origin,
            "brought": self.brought,
            "kubernetes": list(self.kubernetes),
        }


def examine(means: Means) -> Examined:
    """What this machine has and lacks; nothing is changed."""
    return Examined((_native_code(), *checks(means.workshop.root)))


def warm() -> Warmed:
    """Compile everything that searches, unless that is done."""
    from cmp.scheduler import warming  # noqa: PLC0415 - the doctor's other answers do not wait for it

    return Warmed(warming.warm())


def bring_engine(means: Means, sha256: str = "", *, kubernetes: bool = False) -> EngineFound:
    """Find the Pulumi engine, or bring it and keep it; what is there already stays as it is.

    Args:
        means: what the use case works with.
        sha256: what the official archive must have, in hex; empty: what is pinned here.
        kubernetes: bring what Kubernetes clouds and their lab need, too.

    Raises:
        Invalid: the checksum is none.
        Refused: the official archive has another checksum.
        TryLater: no way led to an engine; the sentence names every way and why it failed.
    """
    if sha256 and (len(sha256) != _HEX_OF_SHA256 or set(sha256.lower()) - set("0123456789abcdef")):
        raise Invalid(
            Sentence("{sha256} is no SHA-256", sha256=f"{sha256:.80}"), hint="write its 64 hexadecimal digits"
        )
    toolchain = HERE.toolchain()
    before = find(toolchain)
    engine = ensure(toolchain, means.say, Official(sha256=sha256))
    if not kubernetes:
        return EngineFound(engine, before is None)
    return EngineFound(
        engine,
        before is None,
        kubernetes_provider.ensure(toolchain, engine.pulumi, means.say),
        control_plane.ensure(toolchain, means.say),
    )


def _native_code() -> Check:
    """Whether the search is compiled; where it can be kept it need not be, the first plan sees to it."""
    from cmp.scheduler import warming  # noqa: PLC0415 - bringing the engine does not wait for it

    found = warming.standings()
    obstacle = next((each.obstacle for each in found if each.obstacle), "")
    kept = sum(each.kept for each in found)
    later = "" if kept == len(found) else ", the rest comes with the first plan or tricenter doctor --warm"
    folder = found[0].file.parent if found[0].file else "nothing"
    return Check(
        "native code",
        not obstacle,
        obstacle or f"{kept} of {len(found)} parts of the search are compiled in {folder}{later}",
        "plan and all that searches; where it cannot be kept each run compiles for itself",
        "name a folder of yours in XDG_CACHE_HOME, then run tricenter doctor --warm",
    )
