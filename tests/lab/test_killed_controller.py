"""The controller dies by kill -9 in every state; the next run asks the hosts and goes on; nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.moving_lab import Moving, moving_lab

from cmp.model.migration_journal import HostStanding, MoveState
from cmp.network.moving.stages import backward
from cmp.services.migrating.carrying import carry
from cmp.store import migrations

pytestmark = [pytest.mark.lab, pytest.mark.hosts]

CONTROLLER = """
import sys
from functools import partial
from pathlib import Path
from support.moving_lab import a_moving_lab
from cmp.services.migrating.carrying import carry
from cmp.services.migrating.migrating import carrier_of as using
from cmp.store import migrations
moving = a_moving_lab(Path(sys.argv[1]))
folder = Path(sys.argv[2])
carry(moving.journal(), using(moving.plan, moving.run(), partial(migrations.JOURNALS.save, folder=folder)))
"""


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    with moving_lab(tmp_path / "lab") as found:
        yield found


@pytest.mark.parametrize("standing", [HostStanding.ARMING, HostStanding.SWITCHED, HostStanding.CONFIRMING])
def test_a_killed_controller_is_followed_by_one_that_goes_on(
    moving: Moving, tmp_path: Path, standing: HostStanding
) -> None:
    kept = tmp_path / "kept"
    with subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, str(tmp_path / "lab"), str(kept)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        start_new_session=True,
    ) as controller:
        try:
            _until(kept, standing, controller)
        finally:
            os.killpg(controller.pid, 9)

    left = migrations.JOURNALS.load(kept)
    assert left is not None
    done = carry(left, moving.carrier())

    assert done.state is MoveState.DONE
    assert {entry.standing for entry in done.entries} == {HostStanding.CONFIRMED}
    back = carry(backward(done, 1), moving.carrier())
    assert back.state is MoveState.TAKEN_BACK


def _until(kept: Path, standing: HostStanding, controller: subprocess.Popen[bytes]) -> None:
    """Wait until a host stands so in the journal."""
    end = time.monotonic() + 120
    while True:
        journal = migrations.JOURNALS.load(kept)
        if journal and any(entry.standing is standing for entry in journal.entries):
            return
        assert controller.poll() is None, f"the controller ended before a host was {standing}"
        assert time.monotonic() < end, f"is a host {standing}?"
        time.sleep(0.005)  # noqa: TID251 - the poll of the test itself
