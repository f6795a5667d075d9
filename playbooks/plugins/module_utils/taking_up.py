"""Checks a service's file, writes it, has it taken up, and puts it back where that fails.

Runs on the host with Python >= 3.8 alone.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import time
from pathlib import Path

from ansible.module_utils import placing

TAKEN_UP = Path("/var/lib/tricenter/services")


class Refused(Exception):
    """The text is wrong, or the service does not take it up; the sentence says what was said."""


COMMAND = {"type": "list", "elements": "str", "default": []}
ARGUMENTS = {
    "path": {"type": "path", "required": True},
    "mode": {"type": "str", "default": "0644"},
    "check": COMMAND,
    "apply": COMMAND,
    "look": COMMAND,
    "patience": {"type": "float", "default": 10.0},
}
"""What every module takes that gives a service a file."""


def give(path, text, given, check_mode):
    """Give a service a file; tells what a module exits with. Raises Refused or InTheWay.

    With `guest` the file's folder may belong to the service.
    """
    before = placing.read(path, given.get("guest", False))
    given = dict(given, text=text)
    needed = before != text or not is_taken_up(path, given)
    if needed:
        check(path, given)
    if needed and not check_mode:
        take_up(path, before, given)
    return {"needed": needed, "changed": needed, "diff": {"before": before, "after": text}}


def is_taken_up(path, given):
    """True where the service has this text, as far as anybody knows, and it is in force."""
    mark = placing.read(_mark(path))
    if given["apply"] and mark and mark != _digest(given["text"]):
        return False
    return not given["look"] or not _complaint(given["look"], path)


def check(path, given):
    """Have the service's program read the text before anything is written."""
    if not given["check"]:
        return
    with tempfile.NamedTemporaryFile("w", prefix="tricenter-", suffix=path.suffix) as file:
        file.write(given["text"])
        file.flush()
        complaint = _complaint(given["check"], file.name)
    if complaint:
        raise Refused(f"refused, nothing changed: {complaint}")


def take_up(path, before, given):
    """Write the file and have it taken up; else it is as before, and so is the service."""
    mode = int(given["mode"], 8)
    placing.place(_mark(path), "not yet\n", 0o644)
    placing.place(path, given["text"], mode, given.get("guest", False))
    complaint = _applied(path, given)
    if complaint:
        placing.place(path, before, mode, given.get("guest", False))
        if before:
            _complaint(given["apply"], path)
        raise Refused(f"not taken up, the file is as it was: {complaint}")
    placing.place(_mark(path), _digest(given["text"]), 0o644)


def _applied(path, given):
    """Apply and wait until it is in force; returns what is wrong."""
    complaint = _complaint(given["apply"], path)
    end = time.monotonic() + given["patience"]
    while not complaint:
        complaint = _complaint(given["look"], path)
        if not complaint or time.monotonic() > end:
            return complaint
        complaint = ""
        time.sleep(0.1)
    return complaint


def _complaint(command, path):
    """What a command says when it ends badly; nothing where it ends well, or there is none."""
    words = [word.replace("@path", str(path)) for word in command]
    if not words:
        return ""
    with tempfile.TemporaryFile("w+") as heard:
        # a service that stays keeps what it was given: a pipe would never end
        try:
            code = subprocess.call(words, stdin=subprocess.DEVNULL, stdout=heard, stderr=heard)
        except OSError as error:
            return str(error)
        heard.seek(0)
        said = " ".join(heard.read().split())
    return "" if not code else said or f"{words[0]} ended with {code}"


def _mark(path):
    return TAKEN_UP / str(path).strip("/").replace("/", "_")


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
