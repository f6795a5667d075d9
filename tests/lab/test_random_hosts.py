"""Hosts that are drawn at random move there and back: they are as they were, or refused before any change.

`make test-hosts-matrix` tries 500 of them and 40 that are booted; here are a few, with TRICENTER_HOSTS=all
more of them and a whole lab of booted ones.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.needs import needs
from support.random_hosts.__main__ import attempt
from support.random_hosts.booting import TOGETHER, tried_together
from support.random_hosts.drawing import a_set_up
from support.random_hosts.kinds import KINDS
from support.random_hosts.running import faults, figures, run, run_groups
from support.random_hosts.trying import Outcome

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hosts,
    pytest.mark.timeout(1800),
    needs("ip", "nft", "unshare", "nsenter", "systemd-nspawn", "mmdebstrap"),
]

FIRST = int(os.environ.get("RANDOM_HOSTS", "100000"))
ALL = os.environ.get("TRICENTER_HOSTS") == "all"
HOSTS = 40 if ALL else 8


def test_random_hosts_are_as_they_were_or_refused_before_any_change(tmp_path: Path) -> None:
    said: list[str] = []

    outcomes = run(range(FIRST, FIRST + HOSTS), tmp_path / "kept", 2, said.append, attempt)

    assert faults(outcomes) == [], "\n".join([*said, *figures(outcomes)])


@pytest.mark.parametrize("booted", [TOGETHER if ALL else 1])
def test_random_booted_hosts_are_as_they_were_after_a_reboot_too(tmp_path: Path, booted: int) -> None:
    said: list[str] = []

    outcomes = run_groups(
        range(FIRST, FIRST + booted), booted, tmp_path / "kept", said.append, tried_together
    )

    assert faults(outcomes) == [], "\n".join([*said, *figures(outcomes)])


def test_the_run_goes_on_where_an_earlier_one_ended(tmp_path: Path) -> None:
    asked: list[int] = []
    said: list[str] = []

    def once(number: int) -> Outcome:
        asked.append(number)
        return Outcome(number, refused=("it has no interface eth7",))

    first = run([1, 2], tmp_path / "kept", 1, said.append, once)
    again = run([1, 2, 3], tmp_path / "kept", 1, said.append, once)

    assert asked == [1, 2, 3]
    assert again[:2] == first
    assert said == [f"2 of 3 hosts were tried before: {tmp_path / 'kept'}"]


def test_a_host_that_is_wrong_or_refused_for_nothing_known_is_a_fault() -> None:
    outcomes = [Outcome(1, wrong=("lost an address",)), Outcome(2, refused=("no idea",)), Outcome(3)]

    assert faults(outcomes) == [
        "host 1: lost an address",
        "host 2: refused for what docs/network-migration.md does not list: no idea",
    ]


def test_equal_numbers_give_equal_hosts() -> None:
    assert [a_set_up(number) for number in range(40)] == [a_set_up(number) for number in range(40)]


def test_every_kind_that_is_refused_stands_in_the_page() -> None:
    page = " ".join((Path(__file__).parents[2] / "docs/network-migration.md").read_text().split())

    assert [kind for kind in KINDS if kind not in page] == []
