"""Builds one binary from published Go modules, the way that works behind a module mirror."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmp.errors import Refused, TryLater
from toolchain.golang import SOURCES
from toolchain.programs import answer, follow
from toolchain.shelf import Report
from toolchain.versions import ToolSet

_MODULES_PER_LINE = 60
_LINES_PER_BUILD = 20


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

    def run(self, words: Sequence[str | Path], each_line: Callable[[str], None]) -> None:
        """Run Go; a module that is not what go.sum says ends everything: no other version is tried."""
        forged: list[str] = []

        def watch(line: str) -> None:
            if line.endswith("checksum mismatch"):
                forged.append(line.strip())
            each_line(line)

        try:
            follow([self.go, *words], self.folder, settings(), watch)
        except TryLater as refusal:
            if forged:
                raise Refused(
                    f"{self.tool.name} {self.version}: {forged[0]}: the mirror serves something else than "
                    "this version of Tricenter was made with",
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
        _compile(job, staged)
        shutil.rmtree(folder)
        return version
    raise TryLater(
        f"{tool.name} could not be fetched as a Go module: {'; '.join(refusals)}",
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
    for file in ("go.mod", "go.sum"):
        shutil.copyfile(SOURCES / job.tool.modules_of(job.version) / file, job.folder / file)
    job.progress.report(f"{job.progress.tool}: fetching Go modules")
    job.run(["list", "-deps", job.tool.package], job.progress.listing)


def _compile(job: _Job, staged: Path) -> None:
    tool, progress = job.tool, job.progress
    progress.report(
        f"{progress.tool}: compiling at most {progress.total} packages, some minutes the first time"
    )
    flags = ["-trimpath", "-buildvcs=false", "-v", "-ldflags", f"-s -w -X {tool.stamp}=v{job.version}"]
    job.run(["build", *flags, "-o", staged / tool.name, tool.package], progress.building)
    for script in tool.scripts:
        _copy_script(job, script, staged)


def _copy_script(job: _Job, script: str, staged: Path) -> None:
    asked: list[str | Path] = [job.go, "-C", job.folder, "list", "-m", "-f", "{{.Dir}}", job.tool.modules[-1]]
    module = answer(asked, variables=settings())
    if not module:
        raise TryLater(
            f"the module of {job.tool.name} is not in Go's cache", hint="run the same command again"
        )
    target = staged / Path(script).name
    shutil.copyfile(Path(module) / script, target)
    target.chmod(0o755)
