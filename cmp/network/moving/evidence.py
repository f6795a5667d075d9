"""Says what a move shows of the protection levels' network items (GB/T 22239-2019), item by item.

The levels are from a public copy of the level table: check the standard before quoting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmp.model.acceptance import Evidence, Shown
from cmp.model.base import Title
from cmp.model.migration import MigrationPlan
from cmp.model.migration_journal import Check, HostStanding, Looked, MigrationJournal, Rehearsal


def evidence(
    plan: MigrationPlan, journal: MigrationJournal, rehearsal: Rehearsal | None, checks: Sequence[Check]
) -> tuple[Evidence, ...]:
    """The items; `checks` are what rehearsal and verification found, of one name the last."""
    return tuple(_items(plan, journal, rehearsal, checks))


def _items(
    plan: MigrationPlan, journal: MigrationJournal, rehearsal: Rehearsal | None, checks: Sequence[Check]
) -> Iterator[Evidence]:
    segment = plan.segment
    found = {check.name: check for check in checks}
    yield _shown(
        "划定区域并按区域分配地址",
        "zones, and addresses allocated by zone",
        2,
        f"{segment.ipv4} and {segment.ipv6} belong to zone {plan.target.zone} of {plan.target.center} alone",
    )
    yield _from("重要区域隔离", "important zones isolated", 2, found.get(Looked.REACHABILITY))
    yield _from("带宽满足高峰", "bandwidth meets peak need", 3, found.get(Looked.PATHS))
    yield _from(
        "按业务重要性分配带宽", "bandwidth by importance of service", 4, found.get(Looked.CLASS_RATES)
    )
    yield _from("跨边界访问受控", "crossing by controlled interfaces only", 1, found.get(Looked.LEAKS))
    yield _from("默认拒绝", "default deny, no useless rules", 1, None)
    confirmed = sum(entry.standing is HostStanding.CONFIRMED for entry in journal.entries)
    yield _shown(
        "审计记录受保护",
        "audit records protected",
        2,
        f"{len(journal.entries)} entries, {confirmed} confirmed by token, the journal is signed",
    )
    if rehearsal is not None and rehearsal.plan == plan.hash:
        state = Shown.SHOWN if rehearsal.passed else Shown.FAILED
        told = f"rehearsed {rehearsal.ended}: {len(rehearsal.fired)} ways back fired"
    else:
        state, told = Shown.NOT_SHOWN, "this very plan was not rehearsed"
    title = Title(zh="变更有回退方案并经演练", en="the way back was rehearsed")
    yield Evidence(item=title, level=3, state=state, seen=told)


def _shown(zh: str, en: str, level: int, told: str) -> Evidence:
    return Evidence(item=Title(zh=zh, en=en), level=level, state=Shown.SHOWN, seen=told)


def _from(zh: str, en: str, level: int, check: Check | None) -> Evidence:
    title = Title(zh=zh, en=en)
    if check is None:
        return Evidence(item=title, level=level, state=Shown.NOT_SHOWN, seen="not looked at by this run")
    state = Shown.SHOWN if check.ok else Shown.FAILED
    return Evidence(item=title, level=level, state=state, seen=check.said)
