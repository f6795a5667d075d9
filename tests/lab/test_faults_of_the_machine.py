"""What the machine lacks is told in one sentence: the engine, room on the disk, a free port."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.command_line import ROOT, Site, an_environment_of
from support.needs import needs_mounts
from support.own_ports import Ports, set_aside

from cmp.loaders.loading import load

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

LATER = 5
NOWHERE = "http://127.0.0.1:9"
"""Nothing listens there."""

PACKAGES = ("cli", "cmp", "lab", "policies", "stacks", "toolchain")
CLOSED = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "GOPROXY"), NOWHERE) | {
    "no_proxy": "",
    "NO_PROXY": "",
    "PIP_INDEX_URL": NOWHERE,
    "PIP_RETRIES": "0",
    "PIP_NO_CACHE_DIR": "1",
    "GOFLAGS": "-mod=mod",
}
"""A machine that reaches nothing."""


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    return an_environment_of(tmp_path / "small", ["policy-library"])


def test_a_missing_engine_is_told_with_every_way_that_was_tried(tmp_path: Path, environment: Path) -> None:
    """A copy of the repository has no engine of its own, and nothing can be fetched."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / "clone" / package)
    variables = CLOSED | {
        "PYTHONPATH": str(tmp_path / "clone"),
        "PATH": "/usr/bin:/bin",
        "GOMODCACHE": str(tmp_path / "modules"),
        "GOCACHE": str(tmp_path / "compiled"),
    }
    program = (sys.executable, "-P", "-c", "from cli.main import run; run()")
    site = Site(tmp_path / "state", variables, program)
    assert site.run("plan", environment).code == 0

    answer = site.run("apply", site.state / "plans" / "small.json")

    assert answer.code == LATER, answer.err
    assert "pulumi could not be had: the official download failed" in answer.refusal
    assert "install" in answer.refusal


def test_a_full_disk_leaves_the_plan_that_was_there(tmp_path: Path, environment: Path) -> None:
    """A limit on the size of files stands for the full disk where no small disk may be mounted."""
    site = Site(tmp_path / "state")
    assert site.run("plan", environment).code == 0
    plan = site.state / "plans" / "small.json"
    before = plan.read_bytes()
    full = Site(site.state, program=("sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *site.program))

    answer = full.run("plan", environment, "--seed", "7")

    assert answer.code == LATER, answer.err
    assert "nothing has changed" in answer.refusal
    assert plan.read_bytes() == before
    assert list(plan.parent.iterdir()) == [plan]


@needs_mounts()
def test_a_really_full_disk_is_told(tmp_path: Path, environment: Path) -> None:
    disk = tmp_path / "state"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size=32k tmpfs {disk} && exec "$@"'
    program = ("unshare", "--mount", "sh", "-c", mount, "sh", *Site(disk).program)

    answer = Site(disk, program=program).run("plan", environment)

    assert answer.code == LATER, answer.err
    assert "the disk is full" in answer.refusal


def test_a_taken_port_is_told_with_its_holder(tmp_path: Path, environment: Path) -> None:
    site = Site(tmp_path / "state")
    set_aside(load(environment).environment.estate, site.state, Ports.TAKEN)
    status = site.run("--json", "lab", "status", "aws", "--env", environment)
    port = int(status.document["components"][0]["endpoints"]["ec2"].rpartition(":")[2])

    with closing(socket.create_server(("127.0.0.1", port))):
        answer = site.run("lab", "up", "aws", "--env", environment)

    assert answer.code == LATER, answer.err
    assert f"port {port}, which the AWS lab needs, is taken by process {os.getpid()}" in answer.refusal
    assert "stop that process" in answer.refusal
