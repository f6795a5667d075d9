"""The verifier finds whatever lies on what the Plan itself says is drained."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cmp.model.cordon import Cordon, DrainKind
from cmp.model.plan import Plan
from cmp.verifier.checking import check

SINCE = datetime(2026, 12, 1, tzinfo=UTC)


def _drained(plan: Plan, *cordons: Cordon) -> Plan:
    environment = plan.environment.changed(cordons=cordons)
    return plan.model_copy(update={"environment": environment, "hash": ""}).sealed()


def _cordon(kind: DrainKind, name: str, host: int = 0) -> Cordon:
    return Cordon(kind=kind, id=name, host=host, since=SINCE, who="somebody")


def _codes(plan: Plan) -> set[str]:
    return {finding.code for finding in check(plan)}


@pytest.mark.parametrize("number", range(6))
def test_a_row_on_a_drained_pool_is_found(accepted: Plan, number: int) -> None:
    pool = sorted({row.pool for row in accepted.placements})[number % 4]

    assert "drained" in _codes(_drained(accepted, _cordon(DrainKind.POOL, pool)))


def test_a_row_in_a_drained_center_is_found(accepted: Plan) -> None:
    for center in sorted({row.center for row in accepted.placements}):
        assert "drained" in _codes(_drained(accepted, _cordon(DrainKind.CENTER, center)))


def test_a_replica_packed_on_a_drained_host_is_found(accepted: Plan) -> None:
    for packing in accepted.packings:
        for host in packing.hosts:
            drained = _drained(accepted, _cordon(DrainKind.HOST, packing.pool, host.host))
            assert _codes(drained) & {"witness-host", "drained"}


def test_a_pool_without_a_host_left_is_drained(accepted: Plan) -> None:
    pool = accepted.environment.estate.pool[accepted.placements[0].pool]
    every = [_cordon(DrainKind.HOST, pool.id, host) for host in range(1, pool.hosts + 1)]

    assert "drained" in _codes(_drained(accepted, *every))


def test_what_is_drained_has_to_be_there(accepted: Plan) -> None:
    assert "environment" in _codes(_drained(accepted, _cordon(DrainKind.POOL, "nowhere")))
    assert "environment" in _codes(_drained(accepted, _cordon(DrainKind.HOST, "bj-a-hygon", 999)))
