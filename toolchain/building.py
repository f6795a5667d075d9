"""Builds one binary from published Go modules, the way that works behind a module mirror."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmp.errors import Refused, TryLater
from cmp.sentences import Sentence
from toolchain.golang import SOURCES
from toolchain.programs import answer, follow
from toolchain.shelf import Report
from toolchain.versions import Borrowed, ToolSet

_MODULES_PER_LINE = 60
_LINES_PER_BUILD = 20
_NICENESS = "10"


@dataclass(slots=True)
class _Progress:
    """Counts what Go prints and reports now and then; a counter, so not frozen."""

    tool: str
    report: Report
    total: int = 0
    fetched: int = 0
    compiled: int = 0

    def fetching(self, line: str) -> None:
        if line.startswith("go: downloading"):
            self.fetched += 1
            if self.fetched % _MODULES_PER_LINE == 0:
                self.report(f"{self.tool}: {self.fetched} Go modules fetched")

    def listing(self, line: str) -> None:
        self.fetching(line)
        self.total += not line.startswith("go: ")

    def building(self, _line: str) -> None:
        self.compiled += 1
        if self.total and self.compiled % max(1, self.total // _LINES_PER_BUILD) == 0:
            self.report(f"{self.tool}: {self.compiled} of {self.total} packages compiled")


@dataclass(frozen=True, slots=True)
class _Job:
    """One version of one tool, built by one Go in one folder."""

    tool: ToolSet
    version: str
    go: Path
    folder: Path
    progress: _Progress

    def run(
        self, words: Sequence[str | Path], each_line: Callable[[str], None], folder: Path | None = None
    ) -> None:
        """Run Go; a module that is not what go.sum says ends everything: no other version is tried."""
        forged: list[str] = []
        nice = shutil.which("nice") if self.tool.patient else None
        politely = (nice, "-n", _NICENESS) if nice else ()

        def watch(line: str) -> None:
            if line.endswith("checksum mismatch"):
                forged.append(line.strip())
            each_line(line)

        try:
            follow([*politely, self.go, *words], folder or self.folder, settings(), watch)
        except TryLater as refusal:
            if forged:
                raise Refused(
                    Sentence(
                        "{name} {version}: {forged}: the mirror serves something else than this "
                        "version of Tricenter was made with",
                        name=self.tool.name,
                        version=self.version,
                        forged=forged[0],
                    ),
                    hint="ask who runs the mirror in GOPROXY, or name another one",
                ) from refusal
            raise


def build(tool: ToolSet, go: Path, staged: Path, report: Report) -> str:
    """Build a tool into `staged` from the first version that can be fetched; returns that version.

    What Go fetched and compiled before an interruption stays in Go's own cache: a second run goes on there.

    Raises:
        Refused: a module is not the one that go.sum names.
        TryLater: no version can be fetched, or the build fails.
    """
    refusals = []
    folder = staged.with_name(f"{staged.name}-sources")
    for version in tool.versions:
        job = _Job(tool, version, go, folder, _Progress(f"{tool.name} {version}", report))
        try:
            _fetch(job)
        except TryLater as refusal:
            report(f"{tool.name} {version} is not served as a Go module: {refusal}")
            refusals.append(f"{version}: {refusal}")
            continue
        before = _seconds()
        _compile(job, staged)
        report(f"{tool.name} {version}: compiled in {_seconds() - before:.0f} CPU seconds")
        shutil.rmtree(folder)
        return version
    raise TryLater(
        Sentence(
            "{name} could not be fetched as a Go module: {names}", name=tool.name, names="; ".join(refusals)
        ),
        hint="check the network or set GOPROXY to a module mirror that can be reached",
    )


def settings() -> dict[str, str]:
    """The variables that Go runs with here: ours, less what would bend a build.

    GOFLAGS is said and not emptied: an empty one lets that of `go env -w` in. What the machine says of
    mirrors and of the checksum database (GOPROXY, GOSUMDB, GONOSUMDB, GOPRIVATE) stays; go.sum counts in any
    case.
    """
    return os.environ | {
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=readonly",
        "GOWORK": "off",
    }


def _fetch(job: _Job) -> None:
    """Fetch what a version is built from, by the committed go.mod and go.sum, and count its packages."""
    shutil.rmtree(job.folder, ignore_errors=True)
    job.folder.mkdir(parents=True)
    committed = SOURCES / job.tool.modules_of(job.version)
    for file, place in (("go.mod", "go.mod"), ("go.sum", "go.sum"), *job.tool.sources):
        (job.folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(committed / file, job.folder / place)
    job.progress.report(f"{job.progress.tool}: fetching Go modules")
    for borrowed in job.tool.borrowed:
        _borrow(job, borrowed)
    job.run(["list", "-deps", job.tool.package], job.progress.listing)


def _borrow(job: _Job, borrowed: Borrowed) -> None:
    """Copy files of a module, which its go.sum vouches for, into the build."""
    folder = job.folder
    if borrowed.summed:
        folder = job.folder / "summed"
        shutil.copytree(SOURCES / borrowed.summed, folder, dirs_exist_ok=True)
    job.run(["mod", "download", borrowed.module], job.progress.fetching, folder)
    module = _place_of(job, borrowed.module, folder)
    for pattern, place in borrowed.files:
        (job.folder / place).mkdir(parents=True, exist_ok=True)
        found = sorted(module.glob(pattern))
        if not found:
            raise TryLater(
                Sentence("the module {module} has no {pattern}", module=borrowed.module, pattern=pattern)
            )
        for file in found:
            shutil.copyfile(file, job.folder / place / file.name)


def _compile(job: _Job, staged: Path) -> None:
    tool, progress = job.tool, job.progress
    progress.report(
        f"{progress.tool}: compiling at most {progress.total} packages, some minutes the first time"
    )
    stamps = " ".join(f"-X {stamp}" for stamp in (f"{tool.stamp}{job.version}", *tool.stamps))
    flags = ["-trimpath", "-buildvcs=false", "-v", "-ldflags", f"-s -w {stamps}"]
    job.run(["build", *flags, "-o", staged / tool.name, tool.package], progress.building)
    for script in tool.scripts:
        _copy_script(job, script, staged)


def _copy_script(job: _Job, script: str, staged: Path) -> None:
    target = staged / Path(script).name
    shutil.copyfile(_place_of(job, job.tool.modules[-1], job.folder) / script, target)
    target.chmod(0o755)


def _place_of(job: _Job, module: str, folder: Path) -> Path:
    """Where Go keeps a module that it fetched for the go.mod of a folder."""
    asked: list[str | Path] = [job.go, "-C", folder, "list", "-m", "-f", "{{.Dir}}", module]
    place = answer(asked, variables=settings())
    if not place:
        raise TryLater(
            Sentence("the module of {name} is not in Go's cache", name=job.tool.name),
            hint="run the same command again",
        )
    return Path(place)


def _seconds() -> float:
    """CPU seconds of all that this process has started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
