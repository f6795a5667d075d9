"""The search finds the smallest changes that reach a goal, in order of effort, and says when it gave up."""

from __future__ import annotations

from functools import partial

from support.builders import an_environment

from cmp.model.environment import Environment
from cmp.model.happenings import Event
from cmp.scheduler.remedies.changes.change import ChangeKind, Knob, once
from cmp.scheduler.remedies.changes.estates import MoreHosts, ServeZone
from cmp.scheduler.remedies.counterfactual import FoundChanges, Trials, search, suggestion

BJ_A = Knob(ChangeKind.HOSTS, "bj-a-hygon", range(1, 33), partial(MoreHosts, "bj-a-hygon", "hygon-7390"))
GY_C = Knob(ChangeKind.HOSTS, "gy-c-hygon", range(1, 33), partial(MoreHosts, "gy-c-hygon", "hygon-7390"))
ZONE = once(ServeZone("bj-a-gov", "archive"))


def hosts(environment: Environment, pool: str) -> int:
    return environment.estate.pool[pool].hosts


def serves(environment: Environment) -> bool:
    return "archive" in environment.estate.cloud["bj-a-gov"].zones


def test_the_least_amount_is_found_by_bisection() -> None:
    trials = Trials(an_environment(), lambda environment: hosts(environment, "bj-a-hygon") >= 4 + 13)

    found, how = search([BJ_A], trials)

    assert found == (FoundChanges((MoreHosts("bj-a-hygon", "hygon-7390", 13),), smallest=True),)
    assert how.tried <= 7


def test_singles_are_told_by_effort_and_pairs_only_where_none_helps() -> None:
    either = Trials(
        an_environment(), lambda environment: serves(environment) or hosts(environment, "bj-a-hygon") > 6
    )

    found, _ = search([BJ_A, GY_C, ZONE], either)

    assert [[change.sentence for change in each.changes] for each in found] == [
        ["serve zone archive in cloud bj-a-gov"],
        ["add 3 hygon-7390 hosts to pool bj-a-hygon"],
    ]


def test_a_pair_is_turned_back_on_both_sides() -> None:
    both = Trials(
        an_environment(),
        lambda environment: hosts(environment, "bj-a-hygon") >= 6 and hosts(environment, "gy-c-hygon") >= 9,
    )

    (found,), how = search([BJ_A, GY_C, ZONE], both)

    assert [change.amount for change in found.changes] == [2, 5]
    assert found.smallest
    assert how.complete
    assert suggestion(found, "tax-api").change == (
        "add 2 hygon-7390 hosts to pool bj-a-hygon; and add 5 hygon-7390 hosts to pool gy-c-hygon"
    )


def test_nothing_helps_is_said_with_how_much_was_tried() -> None:
    found, how = search([BJ_A, GY_C, ZONE], Trials(an_environment(), lambda _: False))

    assert not found
    assert (how.tried, how.complete) == (6, True)


def test_a_search_that_ran_out_of_tries_does_not_claim_to_be_complete() -> None:
    found, how = search([BJ_A, GY_C, ZONE], Trials(an_environment(), lambda _: False, budget=4))

    assert not found
    assert (how.tried, how.complete) == (4, False)


def test_what_the_screen_refuses_is_not_planned() -> None:
    def never(_: Environment) -> bool:
        raise AssertionError("planned although the screen refused")

    found, how = search([ZONE], Trials(an_environment(), never, screen=lambda _: False))

    assert not found
    assert how.tried == 1


def test_more_than_an_environment_may_say_is_no_change() -> None:
    many = Knob(ChangeKind.HOSTS, "bj-a-hygon", (2_000_000,), partial(MoreHosts, "bj-a-hygon", "hygon-7390"))

    assert search([many], Trials(an_environment(), lambda _: True))[0] == ()


def test_each_try_is_reported() -> None:
    said: list[str] = []

    search([ZONE], Trials(an_environment(), lambda _: True, report=said.append))

    known = {"count": 1, "changes": "serve zone archive in cloud bj-a-gov"}
    assert said == [Event("tried-changes", values=known)]
