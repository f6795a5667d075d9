"""A command reads an environment once: what it found there is what it works with until it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ENVIRONMENT = "inventories/starter"
NETWORK = "branch-net"
COUNTING = """
import json, sys
from pathlib import Path
from cli.main import run
from cmp.settings import Layout
from cmp.store import plans

environment, state, *commands = sys.argv[1:]
header = Path(environment, "environment.yaml")
opened = []
sys.addaudithook(lambda event, given: opened.append(given[0]) if event == "open" else None)
counts = {}
for command in commands:
    before = len(opened)
    sys.argv = ["tricenter", "--quiet", "--json", "--state", state, *command.split()]
    try:
        run()
    except SystemExit as end:
        assert end.code != 1, command
    mine = [each for each in opened[before:] if isinstance(each, str | Path)]
    counts[command] = sum(Path(each).name == header.name for each in mine)  # below a handle of its folder
    if command.startswith("plan "):
        file, layout = next(Path(state, "plans").glob("*.json")), Layout(Path(state))
        plan = plans.load(file)
        plans.record_applied(plan, layout.applied_plan(plan.environment.name), complete=True)
print(json.dumps(counts), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def readings(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How often each command opened the first file of the environment; the second one has been applied."""
    state = tmp_path_factory.mktemp("state")
    commands = [" ".join(each) for each in COMMANDS]
    ended = subprocess.run(
        [sys.executable, "-P", "-c", COUNTING, ENVIRONMENT, str(state), *commands],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, int] = json.loads(ended.stderr.splitlines()[-1])
    return found


COMMANDS = (
    ("validate", ENVIRONMENT),
    ("plan", ENVIRONMENT, "--effort", "0"),
    ("plan", ENVIRONMENT, "--effort", "0", "--horizon", "14d"),
    ("prove", ENVIRONMENT),
    ("explain", ENVIRONMENT, "portal"),
    ("drift", ENVIRONMENT),
    ("inventory", ENVIRONMENT),
    ("rebalance", ENVIRONMENT),
    ("rebalance", ENVIRONMENT, "--undo", "nothing"),
    ("maintain", ENVIRONMENT, "--drain", "center:none"),
    ("maintain", ENVIRONMENT, "--drain", "pool:none", "--back"),
    ("lab status", "--env", ENVIRONMENT),
    ("lab down", "--env", ENVIRONMENT),
    ("net status", ENVIRONMENT, NETWORK),
    ("net plan", ENVIRONMENT, NETWORK),
    ("net migrate", ENVIRONMENT, NETWORK, "--dry-run"),
    ("net routers", ENVIRONMENT, NETWORK),
    ("net assess", ENVIRONMENT, NETWORK),
)


@pytest.mark.parametrize("command", [" ".join(each) for each in COMMANDS])
def test_a_command_reads_the_environment_once(readings: dict[str, int], command: str) -> None:
    assert readings[command] == 1
