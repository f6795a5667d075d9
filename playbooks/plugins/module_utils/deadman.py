"""Changes a host's network so that it goes back by itself unless the change is confirmed in time.

A change is a file below /var/lib/tricenter/deadman whose ending says where it stands:

    TOKEN.pending ──confirm──> TOKEN.confirming ──files written──> TOKEN.confirmed
          └──────deadline────> TOKEN.reverting ──state put back──> TOKEN.reverted

Each arrow is one rename, which the kernel does wholly or not at all: of a confirmation and a deadline that
come together exactly one wins. The timer is a process of its own, on the monotonic clock, that outlives the
session which started it; it needs neither systemd nor at. It holds a lock on TOKEN.watch while it lives:
nothing is changed before that is seen, and whoever looks at an armed change that nobody watches any more
takes it back. What the next boot reads is written only once the change is confirmed, so a host that reboots
before comes up as it was. Runs with Python >= 3.8 and iproute2 alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

if __package__:
    from ansible.module_utils import applying, forgetting, installing, network_state, placing, resolving
else:
    sys.path.insert(
        0, str(Path(__file__).resolve().parent)
    )  # -I leaves it out, as it does the current folder
    import applying
    import forgetting
    import installing
    import network_state
    import placing
    import resolving

BASE = Path("/var/lib/tricenter/deadman")
BOOT = Path("/run/tricenter-boot")
"""A mark that goes with the memory of this boot."""
FINISHED = ("confirmed", "reverted")
START_SECONDS = 10.0
"""How long a timer may take to be seen running; on a busy machine Python alone takes a second."""
LATE_SECONDS = 2.0
"""How long a timer may need after the deadline before whoever looks does its work."""
KEPT = 40
"""How many finished changes are remembered."""


class Refusal(Exception):
    """The change was not made, or not confirmed; the sentence says why and `state` where the host stands."""

    def __init__(self, sentence, state):
        super().__init__(sentence)
        self.state = state


def switch(token, name, seconds, transaction):
    """Arm the timer, then make the change; a change that fails half way is taken back at once.

    A token that is known already changes nothing: where it stands is told.

    Raises:
        Refusal: another change waits for its confirmation, or this one could not be made.
        InTheWay: something stands where a file of the change has to be; nothing was changed.
    """
    with _locked():
        if found := look(token):
            return found
        if others := sorted(BASE.glob("*.pending")):
            raise Refusal("another change is armed: {}".format(_read(others[0])["name"]), "armed")
        change = _arm(token, name, seconds, transaction)
    try:
        applying.apply(change["transaction"])
        _note_made(token, change)
    except applying.Failed as failure:
        fire(token, str(failure))
        _put_back_again(change)
        raise Refusal(str(failure), _look(token)["state"]) from failure
    found = look(token)
    if found["state"] in ("reverting", "reverted"):
        _put_back_again(change)
        raise Refusal("the time ran out while the change was made: it was taken back", found["state"])
    return found


def confirm(token):
    """Keep a change: only in time, only with its token, and then also for the next boot.

    Raises:
        Refusal: it is not armed, was confirmed too late, or was taken back.
    """
    pending = _file(token, "pending")
    found = look(token)
    if found and found["state"] == "confirmed":
        return found
    if not pending.exists():
        raise Refusal("no change waits for this token", found["state"] if found else "unknown")
    change = _read(pending)
    if change["boot"] != _boot() or _now() >= change["deadline"]:
        fire(token, "not confirmed in time")
        raise Refusal("the time to confirm has run out", "reverting")
    if not _moved(token, "pending", "confirming"):
        raise Refusal("the change is being taken back", "reverting")
    return _finish(token)


def fire(token, why):
    """Take a change back now, unless it was confirmed; tells how exactly the old state is back."""
    if not _moved(token, "pending", "reverting"):
        return _look(token)
    began = _now()
    change = _read(_file(token, "reverting"))
    said, differences = _put_back(change["before"])
    late = began - change["deadline"]
    change.update(
        why=why,
        exact=not differences,
        differences=differences,
        took=round(_now() - began, 4),
        after_deadline=round(_now() - change["deadline"], 4) if late >= 0 else None,
        said=said,
    )
    _write(_file(token, "reverting"), change)
    _moved(token, "reverting", "reverted")
    _file(token, "made").unlink(missing_ok=True)
    return _look(token)


def _put_back(before):
    """Put a state back and look what it came to; whatever goes wrong is told as a difference."""
    try:
        return network_state.put_back(before)
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as problem:
        return [], [f"it could not be put back: {problem}"]


def look(token):
    """Where a change stands: armed, confirming, reverting, confirmed, reverted; None when unknown.

    An armed change that no timer watches any more is taken back first, and so is one whose time was up while
    its timer did not run: nobody else would.
    """
    if _file(token, "pending").exists() and not _is_watched(token):
        fire(token, "its timer died")
    elif _is_overdue(token):
        fire(token, "its time was up, and its timer did not run")
    return _look(token)


def _is_overdue(token):
    """True where a timer that lives has let the time pass: it was stopped, or gets no turn."""
    with contextlib.suppress(FileNotFoundError):
        change = _read(_file(token, "pending"))
        return change["boot"] == _boot() and _now() > change["deadline"] + LATE_SECONDS
    return False


def _look(token):
    for ending in ("pending", "confirming", "reverting", *FINISHED):
        with contextlib.suppress(FileNotFoundError):
            change = _read(_file(token, ending))
            keys = ("token", "name", "why", "exact", "differences", "took", "after_deadline", "seconds")
            told = {key: change[key] for key in keys if key in change}
            return dict(told, state="armed" if ending == "pending" else ending)
    return None


def watch(token):
    """Wait for the deadline of a change and take it back; the timer process does nothing else.

    What it holds a lock on while it lives shows others that it does.
    """
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("-1000")
    pending = _file(token, "pending")
    with contextlib.suppress(FileNotFoundError), _file(token, "watch").open("w") as held:
        change = _read(pending)
        fcntl.flock(held, fcntl.LOCK_EX)
        while (left := change["deadline"] - _now()) > 0 and pending.exists():
            time.sleep(min(left, 1.0))
        fire(token, "not confirmed in time")
        _file(token, "watch").unlink()


def boot():
    """Settle what a reboot left: what was not confirmed is gone, half-written files are finished."""
    now = _boot()
    for file in sorted(BASE.glob("*.confirming")):
        _finish(file.stem)
    for ending in ("pending", "reverting"):
        for file in sorted(BASE.glob(f"*.{ending}")):
            change = _read(file)
            if change["boot"] != now:
                change.update(why="the host rebooted before the change was confirmed", exact=None)
                _write(file, change)
                _moved(file.stem, ending, "reverted")


def _arm(token, name, seconds, transaction):
    try:
        transaction = resolving.resolved(transaction)
        for path in transaction["files"]:
            placing.judge(path)
        forgetting.judge(transaction)
        before = network_state.take(_sysctls(transaction), resolving.own_tables(transaction["nft"]))
    except (resolving.Unresolved, forgetting.Kept) as problem:
        raise Refusal(f"{problem}: nothing was changed", "untouched") from problem
    change = {
        "token": token,
        "name": name,
        "seconds": seconds,
        "boot": _boot(),
        "transaction": transaction,
        "before": before,
        "deadline": _now() + seconds,
    }
    _write(_file(token, "pending"), change)
    _start_timer(token)
    for old in sorted(BASE.glob("*.*ed"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
        old.unlink()
    if _now() >= change["deadline"] or not _file(token, "pending").exists():
        fire(token, "not confirmed in time")
        raise Refusal("the time ran out before the change was made: nothing was changed", "reverted")
    return change


def _sysctls(transaction):
    """The names of the sysctls that a change sets, or puts back."""
    undo = transaction["undo"] or {"sysctls": {}}
    return [*transaction["sysctls"], *undo["sysctls"]]


def _note_made(token, change):
    """Write down what a change made, so that just that can be undone later."""
    if change["transaction"]["step"]:
        names = change["before"]["sysctls"]
        made = network_state.made(change["before"], network_state.take(names))
        _write(_file(token, "made"), made)


def _put_back_again(change):
    """Undo what was still changed while the timer took the change back: nothing may be left of it."""
    _put_back(change["before"])


def _start_timer(token):
    """Start the timer and wait until it runs: without one nothing is changed."""
    command = [sys.executable, "-I", str(installing.PROGRAM / "deadman.py"), "watch", token]
    if Path("/run/systemd/system").is_dir() and shutil.which("systemd-run"):
        unit = f"tricenter-deadman-{token[:16]}"
        command = ["systemd-run", "--quiet", "--collect", "--unit", unit, *command]
    quiet = subprocess.DEVNULL
    started = subprocess.Popen(
        command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True, cwd="/"
    )
    end = time.monotonic() + START_SECONDS
    while not _is_watched(token):
        if not _file(token, "pending").exists():
            return
        if started.poll() not in (None, 0) or time.monotonic() > end:
            started.kill()
            started.wait()
            _file(token, "pending").unlink(missing_ok=True)
            raise Refusal("the timer does not run: nothing was changed", "untouched")
        time.sleep(0.02)


def _is_watched(token):
    """True while the timer of a change lives: it holds a lock that ends with it."""
    with contextlib.suppress(OSError), _file(token, "watch").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _now():
    """Seconds that go on while the machine is suspended: a deadline does not wait for it to wake up."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _finish(token):
    """Write the files of a confirmed change; run again after a crash it ends the same."""
    change = _read(_file(token, "confirming"))
    transaction = change["transaction"]
    for path, text in transaction["files"].items():
        placing.place(Path(path), text, placing.mode_or(path, 0o755 if text.startswith("#!") else 0o644))
    if transaction["recall"]:
        forgetting.recall()
    if transaction["come_back"]:
        forgetting.come_back()
    if transaction["leave"]:
        forgetting.leave(transaction["leave"])
    if transaction["forget"]:
        forgetting.forget(transaction["forget"], instead=transaction["instead"])
    _keep_step(token, transaction)
    _moved(token, "confirming", "confirmed")
    return _look(token)


def _keep_step(token, transaction):
    """Keep what a step made until it is undone."""
    made = placing.read(_file(token, "made"))
    if transaction["step"] and made:
        placing.place(resolving.STEPS / "{}.json".format(transaction["step"]), made, 0o600)
    if transaction["undoes"]:
        placing.place(resolving.STEPS / "{}.json".format(transaction["undoes"]), "", 0o600)
    placing.place(_file(token, "made"), "", 0o600)


def _moved(token, before, after):
    """Go from one state to the next; False when somebody else already left the first."""
    try:
        _file(token, before).rename(_file(token, after))
    except FileNotFoundError:
        return False
    _settle(BASE)
    return True


def _file(token, ending):
    return BASE / (f"{token}.{ending}")


def _read(file):
    return json.loads(file.read_text())


def _write(file, change):
    """Write a state durably: whole or not at all, and on the disk before it counts."""
    placing.place(file, json.dumps(change), 0o600)


def _settle(folder):
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _boot():
    """The name of this boot, given when it is first asked for."""
    with contextlib.suppress(FileExistsError):
        handle = os.open(BOOT, placing.FRESH, 0o600)
        os.write(handle, os.urandom(16).hex().encode())
        os.close(handle)
    return BOOT.read_text()


@contextlib.contextmanager
def _locked():
    placing.private(BASE)
    with (BASE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main(arguments):
    """Run as a program: `watch TOKEN`, `boot`, `confirm TOKEN`, `fire TOKEN`, `look TOKEN`."""
    word, *tokens = arguments
    if word == "boot":
        boot()
    elif word == "watch":
        watch(*tokens)
    else:
        told = {"confirm": confirm, "look": look, "fire": lambda token: fire(token, "asked by hand")}[word](
            *tokens
        )
        sys.stdout.write(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
