"""Rule sets that are made up are read as the kernel reads them: packets are sent, and the verdicts compared.

`RULE_SETS=200 pytest tests/lab/test_generated_rule_sets.py` (`make test-filters`) tries as many as that; with
`--hypothesis-seed` a run is done again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.kernel_verdicts import Kernel, a_kernel
from support.needs import needs
from support.rule_sets import RuleSet, packets, rule_sets
from support.saved_rule_sets import SavedSet, saved_sets

from cmp.network.filters.reading.listed import read_listed
from cmp.network.filters.reading.rules import Reading
from cmp.network.filters.reading.saved import read_saved
from cmp.network.filters.terms import Packet, Policy

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hosts,
    pytest.mark.timeout(1800),
    needs("ip", "nft", "iptables-restore", "unshare", "nsenter"),
]

SETS = int(os.environ.get("RULE_SETS", "12"))
PACKETS = 10
MANY = 100
"""Rule sets from which on shares are promises: of fewer they are chance."""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with a_kernel() as found:
        yield found


Listing = tuple[str, str, tuple[int, ...], Callable[[], Reading]]
"""A rule set as it was written, the chain that packets enter, the families it judges, and how it is read."""


def test_any_rule_set_is_judged_as_the_kernel_does(
    kernel: Kernel, capsys: pytest.CaptureFixture[str]
) -> None:
    def listing(made: RuleSet) -> Listing:
        return made.text, f"{made.family} t input", made.families, lambda: read_listed(kernel.load(made.text))

    compared(kernel, capsys, "nftables", rule_sets().map(listing))


def test_any_rule_set_of_iptables_is_judged_as_the_kernel_does(
    kernel: Kernel, capsys: pytest.CaptureFixture[str]
) -> None:
    def listing(made: SavedSet) -> Listing:
        family = made.family
        return made.text, "INPUT", (family,), lambda: read_saved(kernel.restore(made.text, family), family)

    compared(kernel, capsys, "iptables", saved_sets().map(listing))


def compared(
    kernel: Kernel, capsys: pytest.CaptureFixture[str], what: str, sets: st.SearchStrategy[Listing]
) -> None:
    """Compare many rule sets, and print what it came to."""
    counted: Counter[str] = Counter()
    wrong: list[str] = []

    @settings(
        max_examples=SETS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(sets, st.data())
    def judged(made: Listing, data: st.DataObject) -> None:
        families = made[2]
        drawn = [data.draw(packets(families[index % len(families)])) for index in range(PACKETS)]
        compare(kernel, made, drawn, counted, wrong)

    judged()

    share = {each: counted[each] / max(counted["packets"], 1) for each in ("accept", "drop")}
    whole = counted["whole"] / counted["sets"]
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what the run is for
            f"\n{what}: {counted['sets']} rule sets x {PACKETS} packets, {len(wrong)} disagreements; "
            f"{whole:.0%} read whole; "
            f"{share['accept']:.0%} of the packets accepted, {share['drop']:.0%} dropped"
        )
    assert wrong == []
    assert counted["refused"] == 0
    if counted["sets"] >= MANY:
        assert whole >= 0.9
        assert min(share.values()) >= 0.3


def compare(
    kernel: Kernel, made: Listing, drawn: list[Packet], counted: Counter[str], wrong: list[str]
) -> None:
    """Load one rule set and compare what the kernel does with each packet with what is read."""
    text, chain, _families, read = made
    try:
        reading = read()
    except AssertionError as refusal:
        counted["refused"] += 1
        wrong.append(f"the kernel refused {text}: {refusal}")
        return
    counted["sets"] += 1
    if reading.untranslated:
        return
    counted["whole"] += 1
    policy = reading.policies[chain]
    for packet, passed in zip(drawn, kernel.verdicts(drawn), strict=True):
        counted["packets"] += 1
        counted["accept" if passed else "drop"] += 1
        if policy.judge(packet).passes != passed:
            wrong.append(f"{packet} passed: {passed}, read as {_why(policy, packet)}; {text}")


def _why(policy: Policy, packet: Packet) -> str:
    index = policy.deciding(packet)
    return (
        f"the default {policy.default}"
        if index is None
        else f"{policy.terms[index]} {policy.terms[index].origin}"
    )
