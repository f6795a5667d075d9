"""What the master chooses for byte-wise copies is in one form of data on every side."""

from __future__ import annotations

from support.builders import a_component, a_pool, a_workload, an_environment

from cmp.model.wishes import Replication
from cmp.model.workload import Data, Prefer
from cmp.scheduler.board.arrays import RoleIndex
from cmp.scheduler.engine import PLACED_ONLY, prepared, searched
from cmp.scheduler.mastering.modelling import master_of
from cmp.scheduler.mastering.solving import Budget
from cmp.scheduler.mastering.stating import asking_of, stage_of

POOLS = tuple(a_pool(name) for name in ("bj-a-hygon", "bj-a-kunpeng", "bj-b-kunpeng"))


def _chips(replication: str) -> set[str]:
    """On what the primary stands that is liked best on Hygon, whose cold side finds only Kunpeng."""
    database = a_component(
        "db",
        replicas=1,
        min_replicas=1,
        data=Data(gib=10, replication=Replication(replication)),
        prefer=Prefer(chips=("hygon-7390",)),
    )
    placing = searched(
        prepared(an_environment(a_workload(components=(database,)), pools=POOLS)), 0, PLACED_ONLY
    )
    stage = stage_of(placing, [0])
    asking = asking_of(stage, 0, 1)
    assert asking is not None
    master = master_of(stage, [asking])
    answer = master.program.solved(Budget(1.0))
    assert answer is not None
    return {
        placing.names.pools[share.pool]
        for flag, (_, side, way) in master.way.items()
        if answer.values[flag] and side.role == RoleIndex.PRIMARY
        for share in way
    }


def test_a_bytewise_primary_stands_where_its_cold_side_can_read_it() -> None:
    assert _chips("logical") == {"bj-a-hygon"}
    assert _chips("bytewise") == {"bj-a-kunpeng"}
