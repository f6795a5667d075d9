"""Rule sets that are made up are read as the kernel reads them: packets are sent, and the verdicts compared.

`RULE_SETS=200 pytest tests/lab/test_generated_rule_sets.py` (`make test-filters`) tries as many as that; with
`--hypothesis-seed` a run is done again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.kernel_verdicts import Kernel, a_kernel
from support.needs import needs
from support.rule_sets import RuleSet, packets, rule_sets

from cmp.network.filters.reading.listed import read_listed
from cmp.network.filters.terms import Packet, Policy

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hosts,
    pytest.mark.timeout(1800),
    needs("ip", "nft", "unshare", "nsenter"),
]

SETS = int(os.environ.get("RULE_SETS", "12"))
PACKETS = 10
MANY = 100
"""Rule sets from which on shares are promises: of fewer they are chance."""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with a_kernel() as found:
        yield found


def test_any_rule_set_is_judged_as_the_kernel_does(
    kernel: Kernel, capsys: pytest.CaptureFixture[str]
) -> None:
    counted: Counter[str] = Counter()
    wrong: list[str] = []

    @settings(
        max_examples=SETS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(rule_sets(), st.data())
    def judged(made: RuleSet, data: st.DataObject) -> None:
        given_packets = [
            data.draw(packets(made.families[index % len(made.families)])) for index in range(PACKETS)
        ]
        compare(kernel, made, given_packets, counted, wrong)

    judged()

    share = {what: counted[what] / max(counted["packets"], 1) for what in ("accept", "drop")}
    whole = counted["whole"] / counted["sets"]
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what the run is for
            f"\n{counted['sets']} rule sets x {PACKETS} packets, {len(wrong)} disagreements; "
            f"{whole:.0%} read whole; "
            f"{share['accept']:.0%} of the packets accepted, {share['drop']:.0%} dropped"
        )
    assert wrong == []
    assert counted["refused"] == 0
    if counted["sets"] >= MANY:
        assert whole >= 0.9
        assert min(share.values()) >= 0.3


def compare(
    kernel: Kernel, made: RuleSet, given_packets: list[Packet], counted: Counter[str], wrong: list[str]
) -> None:
    """Load one rule set and compare what the kernel does with each packet with what is read."""
    try:
        listed = kernel.load(made.text)
    except AssertionError as refusal:
        counted["refused"] += 1
        wrong.append(f"nft refused {made.text}: {refusal}")
        return
    counted["sets"] += 1
    reading = read_listed(listed)
    if reading.untranslated:
        return
    counted["whole"] += 1
    policy = reading.policies[f"{made.family} t input"]
    for packet, passed in zip(given_packets, kernel.verdicts(given_packets), strict=True):
        counted["packets"] += 1
        counted["accept" if passed else "drop"] += 1
        if policy.judge(packet).passes != passed:
            wrong.append(f"{packet} passed: {passed}, read as {_why(policy, packet)}; {made.text}")


def _why(policy: Policy, packet: Packet) -> str:
    index = policy.deciding(packet)
    return (
        f"the default {policy.default}"
        if index is None
        else f"{policy.terms[index]} {policy.terms[index].origin}"
    )
