"""Starts and stops the programs of clusters, and tells which of them run."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.folder import make_private, write_private
from lab.kubernetes import authority
from lab.kubernetes.door import Door
from lab.kubernetes.layout import Place
from lab.kubernetes.programs import LEAN, PLAYS_NODES, REST, STORE, words
from lab.kubernetes.spec import ClusterSpec, Ranges
from lab.ports import claim, is_free
from lab.processes import Process, environment, recorded, spawn, stop, wait_until
from toolchain.control_plane import ControlPlane

CLAIMS = "claims"
TROUBLE = "trouble"
_READY_SECONDS = 120.0
_GRACE_SECONDS = 8.0
_FILES = Path(__file__).parent


def make(place: Place, spec: ClusterSpec) -> None:
    """Make a cluster's folder, keys and settings; nothing is started."""
    for folder in (place.folder, place.keys, place.run, place.logs):
        make_private(folder)
    if not (place.keys / "accounts.pub").exists():  # it is written last
        authority.make(place)
    stages = (_FILES / "stages.yaml").read_text(encoding="utf-8")
    write_private(place.folder / "stages.yaml", stages.replace("GROUPS6", spec.ranges.groups6))
    write_private(place.ranges, json.dumps(asdict(spec.ranges)))
    write_private(place.folder / "audit.yaml", (_FILES / "audit.yaml").read_text(encoding="utf-8"))


def kept_ranges(place: Place) -> Ranges | None:
    """The ranges that a cluster was made with, which it has for as long as it lives; None: it is not made."""
    if not place.golden.exists() or not place.ranges.exists():
        return None
    kept = json.loads(place.ranges.read_text(encoding="ascii"))
    return Ranges(**{name: (four, six) for name, (four, six) in kept.items()})


def forget(place: Place) -> None:
    """Throw away what a cluster that does not run holds: the next one there is another."""
    for old in (place.store, place.golden):
        shutil.rmtree(old, ignore_errors=True)
    for mark in (place.seeded, place.ranges):
        mark.unlink(missing_ok=True)


def start_store(place: Place, spec: ClusterSpec, control: ControlPlane) -> None:
    """Start the store and the API, where they do not run.

    Raises:
        TryLater: the port is taken.
    """
    if not is_running(place, "kube-apiserver"):
        wait_until(
            lambda: is_free(place.port), _GRACE_SECONDS
        )  # one that was killed lets go of it a bit later
        claim([place.port], f"cluster {place.name}")
    _start(place, spec, control, STORE)


def wait_for_store(place: Place) -> None:
    """Wait until the API answers that it is ready.

    Raises:
        TryLater: it does not, or one of the two programs ended.
    """
    door = Door(place, patience=5.0)
    both = STORE
    settled = wait_until(
        lambda: door.is_ready() or not all(is_running(place, program) for program in both),
        _READY_SECONDS,
        pause=0.1,
    )
    if not settled or not all(is_running(place, program) for program in both):
        raise TryLater(
            Sentence("cluster {name} did not start", name=place.name),
            hint=Sentence("read {logs}", logs=place.logs),
        )


def start_rest(place: Place, spec: ClusterSpec, control: ControlPlane) -> None:
    """Start controllers, scheduler and what plays the nodes, where they do not run."""
    _start(place, spec, control, REST)
    listen_again(place)


def start_claims(run: Path, log: Path, places: Iterable[Place]) -> None:
    """Start what makes a volume for each claim of all clusters, where it does not run."""
    if any(process.is_running for process in recorded(run) if process.name == CLAIMS):
        return
    make_private(run)
    named = [f"{place.folder}:{place.port}" for place in places]
    command = [sys.executable, "-P", "-m", "lab.kubernetes.claims", *named]
    spawn(command, environment(), log, run / f"{CLAIMS}.json")


def start_trouble(place: Place) -> None:
    """Start what answers in a cluster's stead and has trouble, where it does not run.

    Raises:
        TryLater: its port is taken, or it does not start.
    """
    record = place.record(TROUBLE)
    if is_running(place, TROUBLE):
        return
    claim([place.trouble_port], f"what plays trouble of cluster {place.name}")
    named = (str(place.folder), str(place.port), str(place.trouble_port))
    log = place.logs / f"{TROUBLE}.log"
    process = spawn(
        [sys.executable, "-P", "-m", "lab.kubernetes.trouble", *named], environment(), log, record
    )
    wait_until(lambda: not is_free(place.trouble_port) or not process.is_running, _READY_SECONDS)
    if not process.is_running:
        raise TryLater(
            Sentence("what plays trouble of cluster {name} did not start", name=place.name),
            hint=Sentence("read {log}", log=log),
        )


def stop_side(run: Path, *names: str) -> None:
    """Stop what runs beside the clusters, by the names of its records."""
    mine = [process for process in recorded(run) if process.name in names]
    stop(mine)
    for process in mine:
        (run / f"{process.name}.json").unlink(missing_ok=True)


def stop_cluster(place: Place) -> None:
    """Stop all programs of a cluster, the store last; data stays."""
    listen_again(place)
    for programs in (REST, STORE[1:], STORE[:1]):
        stop([each for program in programs if (each := _process(place, program))], _GRACE_SECONDS)
    for program in (*REST, *STORE):
        place.record(program).unlink(missing_ok=True)


def is_running(place: Place, program: str) -> bool:
    """True while a program of a cluster lives."""
    return _process(place, program) is not None


def runs(place: Place) -> bool:
    """True while all programs of a cluster live."""
    return all(is_running(place, program) for program in (*STORE, *REST))


def was_started(place: Place) -> bool:
    """True where a cluster was started and not stopped."""
    return any(place.record(program).exists() for program in STORE)


def fall_silent(place: Place) -> None:
    """Let all kubelets of a cluster fall silent: what plays them stands still until it may go on."""
    _tell(place, signal.SIGSTOP)


def listen_again(place: Place) -> None:
    """Let the kubelets of a cluster go on."""
    _tell(place, signal.SIGCONT)


def save_golden(place: Place) -> None:
    """Copy the store while it stands still for a moment, as a failing machine would leave it."""
    process = _process(place, STORE[0])
    if process is None:
        raise TryLater(Sentence("cluster {name} has no store that runs", name=place.name))
    fresh = place.golden.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        _copy(place.store, fresh)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    shutil.rmtree(place.golden, ignore_errors=True)
    fresh.replace(place.golden)


def restore_golden(place: Place) -> None:
    """Put the clean copy of the store back, while nothing runs."""
    shutil.rmtree(place.store, ignore_errors=True)
    _copy(place.golden, place.store)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder with its holes: etcd sets 64 MiB aside that it has not written."""
    command = ["cp", "--archive", "--sparse=always", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(target, ignore_errors=True)
        raise TryLater(
            Sentence("{source} cannot be copied: {strip}", source=source, strip=done.stderr.strip()),
            hint="free some space on the disk",
        )


def _start(place: Place, spec: ClusterSpec, control: ControlPlane, programs: tuple[str, ...]) -> None:
    wanted = words(place, spec)
    for program in programs:
        if not is_running(place, program):
            command = control.command(program, *wanted[program])
            record = place.record(program)
            log = place.logs / f"{program}.log"
            spawn(command, {**environment(), **LEAN}, log, record, folder=place.folder)


def _process(place: Place, program: str) -> Process | None:
    name = place.record(program).stem
    return next((each for each in recorded(place.run) if each.name == name and each.is_running), None)


def _tell(place: Place, order: signal.Signals) -> None:
    process = _process(place, PLAYS_NODES)
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, order)
