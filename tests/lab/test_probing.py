"""Real packets through real routers: what the sender of probes reports is what was done to the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from support.small_network import (
    HOST4,
    HOST6,
    NEW4,
    NEW6,
    STATION4,
    SmallNetwork,
    a_route,
    a_small_network,
    a_spec,
    needs_network,
    pass_time,
)

from cmp.errors import Invalid, TryLater
from cmp.network.measurement.measures import Limits, Report, objections
from cmp.probes.client import Probes
from cmp.probes.spec import Talk
from lab.processes import wait_until

pytestmark = [pytest.mark.lab, needs_network]

PATIENT = Limits(interruption=150, stall=150, parity_slack=50)
TALK = Talk("host", HOST4, STATION4)


@pytest.fixture
def network() -> Iterator[SmallNetwork]:
    with a_small_network() as made:
        yield made


def outcomes(report: Report) -> dict[str, int]:
    return {each.stream.name: each.whole.lost for each in report.streams}


def test_a_network_at_rest_loses_nothing(network: SmallNetwork) -> None:
    with Probes(a_spec(network, talks=(TALK,), fast_hosts=frozenset({"host"}))) as probes:
        pass_time(1.0)
        report = probes.stop()

    assert report.lost == 0
    assert report.sent > 200
    assert list(objections(report, PATIENT)) == []
    assert report.connections[0].whole.answered == report.connections[0].whole.sent > 50


def test_an_outage_lasts_as_long_as_it_did_by_loss_and_by_gap(network: SmallNetwork) -> None:
    with Probes(a_spec(network, fast_hosts=frozenset({"host"}))) as probes:
        pass_time(0.3)
        probes.mark("outage")
        began = monotonic()
        with network.outage(0.3):
            pass
        lasted = 1000 * (monotonic() - began)
        pass_time(0.3)
        probes.mark("after")
        pass_time(0.2)
        report = probes.stop()

    for each in report.streams:
        outage = each.marks["outage"]
        assert 250 < outage.by_loss < lasted + 100
        assert 250 < outage.by_gap < lasted + 100
        assert each.marks["after"].lost == 0
        assert each.whole.lost == outage.lost


def test_a_filter_in_one_direction_is_seen_in_that_one_alone(network: SmallNetwork) -> None:
    with Probes(a_spec(network, fast_hosts=frozenset({"host"}))) as probes:
        with network.outage(0.3, 'iifname "host" ip version 4 drop'):
            pass
        pass_time(0.2)
        lost = outcomes(probes.stop())

    assert lost.pop(f"out {HOST4}") > 20
    assert set(lost.values()) == {0}


def test_a_connection_stands_still_through_an_outage_and_lives_on(network: SmallNetwork) -> None:
    with Probes(a_spec(network, talks=(TALK,), fast_hosts=frozenset({"host"}), grace=5.0)) as probes:
        assert wait_until(lambda: probes.peek().connections[0].alive, 10)
        with network.outage(0.4):
            pass
        pass_time(1.0)
        report = probes.stop()

    connection = report.connections[0]
    assert connection.alive
    assert 350 < connection.whole.longest < 5000
    assert any("stood still" in said for said in objections(report, Limits()))


def test_a_connection_that_is_reset_is_dead(network: SmallNetwork) -> None:
    with Probes(a_spec(network, talks=(TALK,), fast_hosts=frozenset({"host"}))) as probes:
        assert wait_until(lambda: probes.peek().connections[0].alive, 10)
        network.filter("meta l4proto tcp reject with tcp reset")
        assert wait_until(lambda: not probes.peek().connections[0].alive, 10)
        report = probes.stop()

    assert any("reset" in said for said in objections(report, PATIENT))


def test_a_host_is_probed_ten_times_as_often_while_it_is_fast(network: SmallNetwork) -> None:
    with Probes(a_spec(network)) as probes:
        pass_time(1.0)
        probes.fast(["host"])
        probes.mark("fast")
        pass_time(1.0)
        probes.fast([])
        probes.mark("slow")
        pass_time(1.0)
        report = probes.stop()

    for each in report.streams:
        assert each.marks["fast"].sent > 5 * each.marks["slow"].sent > 0
    assert report.lost == 0


def test_a_new_address_counts_from_when_it_is_there(network: SmallNetwork) -> None:
    settling = [
        a_route(way, address, era="new", settles=True) for address in (NEW4, NEW6) for way in ("out", "in")
    ]
    with Probes(a_spec(network, *settling, fast_hosts=frozenset({"host"}), grace=0.2)) as probes:
        pass_time(0.5)
        assert not any(each.began for each in probes.peek().streams)
        network.give(f"{NEW4}/32", f"{NEW6}/128")
        assert wait_until(lambda: all(each.began for each in probes.peek().streams), 10)
        report = probes.stop()

    assert report.lost == 0


def test_an_address_that_goes_away_is_lost_unless_its_streams_were_ended(network: SmallNetwork) -> None:
    with Probes(a_spec(network, fast_hosts=frozenset({"host"}))) as probes:
        pass_time(0.3)
        probes.end([f"out {HOST6}", f"in {HOST6}"])
        pass_time(0.1)
        network.ip("host", f"addr del {HOST6}/64 dev eth0", f"addr del {HOST4}/30 dev eth0")
        pass_time(0.5)
        report = probes.stop()

    lost = outcomes(report)
    assert lost[f"out {HOST6}"] == lost[f"in {HOST6}"] == 0
    assert lost[f"in {HOST4}"] > 20
    assert next(each.refused for each in report.streams if each.stream.name == f"out {HOST4}") > 20


def test_a_host_that_began_anew_is_found_in_its_new_namespace(network: SmallNetwork) -> None:
    with Probes(a_spec(network, talks=(TALK,), grace=0.2)) as probes:
        assert wait_until(lambda: probes.peek().connections[0].alive, 10)
        probes.mark("gone")
        network.ip("router", "link del host", "link add host type veth peer name eth0")
        network.ip("router", f"link set eth0 netns {network.netns('router')}")
        probes.enter({"host": network.path("router")})
        network.ip("router", f"addr add {HOST4}/32 dev lo", f"addr add {HOST6}/128 dev lo nodad")
        pass_time(1.0)
        probes.mark("anew")
        pass_time(0.5)
        report = probes.stop()

    assert not report.connections[0].alive
    assert all(each.marks["anew"].lost == 0 < each.marks["anew"].sent for each in report.streams)


@pytest.mark.parametrize("address", [HOST4, HOST6])
def test_a_station_pings_and_connects_to_hosts_it_cannot_enter(network: SmallNetwork, address: str) -> None:
    routes = (
        a_route("in", address, kind="ping", name="ping"),
        a_route("in", address, kind="connect", port=7, name="closed"),
    )
    with Probes(a_spec(network, *routes, fast_hosts=frozenset({"host"}))) as probes:
        pass_time(0.5)
        report = probes.stop()

    ping, closed = report.streams
    assert ping.whole.lost == 0 < ping.whole.sent
    assert closed.whole.lost == closed.whole.sent > 0


def test_a_queue_on_the_way_shows_as_delay_of_its_direction(network: SmallNetwork) -> None:
    network.run("router", "tc", "qdisc", "add", "dev", "station", "root", "tbf", "rate", "16kbit",
                "burst", "1600", "limit", "100000")  # fmt: skip
    with Probes(a_spec(network, fast_hosts=frozenset({"host"}), grace=3.0)) as probes:
        pass_time(1.0)
        report = probes.stop()

    most = {each.stream.name: each.whole.delays.most for each in report.streams if each.whole.delays}
    assert most[f"out {HOST4}"] > 100 > most[f"in {HOST4}"]


def test_every_probe_can_be_kept_in_a_file(network: SmallNetwork, tmp_path: Path) -> None:
    with Probes(a_spec(network)) as probes:
        pass_time(0.3)
        report = probes.stop(records=tmp_path / "records")

    head, _, times = (tmp_path / "records").read_bytes().partition(b"\n")
    assert head.count(b'"name"') == len(report.streams)
    assert len(times) == 16 * report.sent


def test_an_order_nobody_knows_is_refused_and_the_sender_goes_on(network: SmallNetwork) -> None:
    with Probes(a_spec(network)) as probes:
        with pytest.raises(Invalid, match="refused"):
            probes._order({"jump": True})
        pass_time(0.2)
        assert probes.stop().lost == 0


def test_a_sender_ends_with_who_started_it(network: SmallNetwork) -> None:
    probes = Probes(a_spec(network))

    probes.close()

    assert probes._process.returncode == 0
    with pytest.raises(TryLater):
        probes.mark("late")


@pytest.mark.parametrize("address", [HOST4, HOST6])
def test_probes_follow_a_rule_that_comes_while_they_run(network: SmallNetwork, address: str) -> None:
    family = "-6" if ":" in address else "-4"
    with Probes(a_spec(network, fast_hosts=frozenset({"host"}))) as probes:
        pass_time(0.3)
        for line in ("route add blackhole default table 100", f"rule add pref 100 from {address} lookup 100"):
            network.run("host", "ip", family, *line.split())
        pass_time(0.3)
        lost = outcomes(probes.stop())

    assert lost.pop(f"out {address}") > 15
    assert set(lost.values()) == {0}
