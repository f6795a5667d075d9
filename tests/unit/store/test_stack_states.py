from __future__ import annotations

from pathlib import Path

import pytest

from cmp.clouds.binding import Files
from cmp.errors import Refused
from cmp.store.stack_states import NAMED, address_of
from stacks.engine.workplace import PASSPHRASE, Workplace
from toolchain.engine import Engine
from toolchain.shelf import Origin

SHARED = "postgresql://ops:word@db.example/cmp"


@pytest.mark.parametrize(
    ("store", "address"),
    [
        ("sqlite:////var/lib/cmp.sqlite", ""),
        (SHARED, "postgres://ops:word@db.example/cmp?sslmode=require&table=tricenter_stacks"),
        (
            "postgresql://ops@127.0.0.1/cmp",
            "postgres://ops@127.0.0.1/cmp?sslmode=disable&table=tricenter_stacks",
        ),
        (
            "postgresql+psycopg://ops@/cmp?host=/run/postgresql",
            "postgres://ops@/cmp?host=%2Frun%2Fpostgresql&sslmode=disable&table=tricenter_stacks",
        ),
        (
            f"{SHARED}?sslmode=verify-full",
            "postgres://ops:word@db.example/cmp?sslmode=verify-full&table=tricenter_stacks",
        ),
    ],
)
def test_the_engine_keeps_its_state_where_the_records_are_shared(store: str, address: str) -> None:
    assert address_of(store, {}) == address


def test_another_backend_that_somebody_names_is_taken() -> None:
    assert address_of(SHARED, {NAMED: "s3://states"}) == ""


def test_a_shared_state_wants_a_passphrase_that_all_know(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "pulumi", None, "3.250.0", Origin.PATH, tmp_path)
    place = Workplace(engine, tmp_path / "state", Files(), address_of(SHARED, {}))

    with pytest.raises(Refused, match="no passphrase is given that all processes know"):
        place.variables(ambient={})

    assert not place.passphrase.exists()
    assert place.variables(ambient={PASSPHRASE: "word"})["PULUMI_BACKEND_URL"] == place.backend
