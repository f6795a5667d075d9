"""A move that ended and is not as it should be ends its command as `verify` would: with 4."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cmp.errors import Differs
from cmp.model.migration_journal import Check, Verification
from cmp.services.migrating import networks
from cmp.services.migrating.documents import Moved

LAB = Path(__file__).resolve().parents[3] / "inventories" / "lab"


def verified(*, ok: bool) -> Verification:
    return Verification(
        environment="lab",
        network="rescue-net",
        plan="0" * 64,
        journal="0" * 64,
        at="2026-12-01T09:00:00+08:00",
        checks=(Check(name="names", ok=ok, said="www leads to 192.0.2.1"),),
    )


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, Differs.exit_code)])
@pytest.mark.parametrize("command", ["migrate", "verify"])
def test_what_was_found_decides_how_a_move_ends(
    command: str, ok: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = Moved("rescue-net", tmp_path, None, verified(ok=ok))
    monkeypatch.setattr(networks, command, lambda *_given: moved)

    ended = CliRunner().invoke(
        app, ["--state", str(tmp_path / "state"), "net", command, str(LAB), "rescue-net"]
    )

    assert ended.exit_code == code, ended.output
