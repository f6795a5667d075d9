"""Lists every rule with its title, default level and the clause it answers to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cmp.model.base import Title
from cmp.model.policy import Policy, RuleLevel
from policies.rules import exposure, placement
from policies.rules.values import Opening, Standpoint, Tenant

PlacementCheck = Callable[[Tenant, Standpoint], Iterator[str]]
OpeningsCheck = Callable[[Iterable[Opening]], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Clause:
    """The text a rule answers to; `verified` is True once it was compared with the printed text.

    `units` are assessment units of GB/T 28448-2019, empty where the text has none.
    """

    standard: str
    reference: str
    units: tuple[str, ...] = ()
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it is called, how hard it is by default, and why it exists."""

    id: str
    title: Title
    level: RuleLevel
    clause: Clause


@dataclass(frozen=True, slots=True)
class PlacementRule(Rule):
    """A rule on what runs where; no sentence means it holds."""

    check: PlacementCheck


@dataclass(frozen=True, slots=True)
class OpeningsRule(Rule):
    """A rule on all inbound flows of a resource together; no sentence means it holds."""

    check: OpeningsCheck


MLPS = "GB/T 22239-2019"
FORMAT = "Environment format"

PLACEMENT_RULES: tuple[PlacementRule, ...] = (
    PlacementRule(
        "zone-served",
        Title(zh="組件只在提供其網絡區域的雲上運行", en="A component runs only where its zone is served"),
        RuleLevel.MANDATORY,
        Clause(MLPS, "8.1.2.1", ("L3-CNS1-01..05",)),
        placement.zone_is_served,
    ),
    PlacementRule(
        "protection-level",
        Title(
            zh="雲平台不承載高於自身等級的系統", en="A cloud carries no system above its own protection level"
        ),
        RuleLevel.MANDATORY,
        Clause(MLPS, "8.2, cloud extension", ("L3-CNS2-01",)),
        placement.level_is_reached,
    ),
    PlacementRule(
        "no-public-ownership-for-important-data",
        Title(
            zh="敏感、重要和核心數據只在政務雲上",
            en="Sensitive, important and core data on government clouds",
        ),
        RuleLevel.MANDATORY,
        Clause(FORMAT, "data classes bind ownership", verified=True),
        placement.owner_may_hold_data,
    ),
    PlacementRule(
        "data-stays-in-country",
        Title(zh="數據及其副本留在境內", en="Data and their copies stay in the country"),
        RuleLevel.MANDATORY,
        Clause(MLPS, "8.2, cloud extension", ("L3-PES2-01", "L3-CES2-10")),
        placement.data_stays_in_country,
    ),
)

OPENINGS_RULES: tuple[OpeningsRule, ...] = (
    OpeningsRule(
        "management-stays-inside",
        Title(zh="管理端口不向全網開放", en="Management ports are not open to the world"),
        RuleLevel.MANDATORY,
        Clause(MLPS, "8.1.4.4", ("L3-CES1-17..22",)),
        exposure.management_stays_inside,
    ),
    OpeningsRule(
        "data-ports-stay-inside",
        Title(zh="數據端口不向全網開放", en="Data ports are not open to the world"),
        RuleLevel.MANDATORY,
        Clause(MLPS, "8.1.3.1, 8.1.3.2", ("L3-ABS1-01..09",)),
        exposure.data_stays_inside,
    ),
)

ZONES_TOLD_APART = Rule(
    "zones-told-apart",
    Title(
        zh="隔離區域的容器可由地址與其他區域區分",
        en="Containers of an isolated zone are told from others' by address",
    ),
    RuleLevel.ADVISORY,
    Clause(MLPS, "8.1.2.1", ("L3-CNS1-01..05",)),
)
"""A rule on how clouds are declared: judged where environments are read, and of Plans by the verifier."""

RULES: Mapping[str, Rule] = {rule.id: rule for rule in (*PLACEMENT_RULES, *OPENINGS_RULES, ZONES_TOLD_APART)}
"""Every rule by its id."""


def level_of(rule: Rule, policy: Policy) -> RuleLevel:
    """The level a rule has in an environment: the policy's own setting, else the rule's default."""
    return next((setting.level for setting in policy.rules if setting.id == rule.id), rule.level)
