"""Phases are the demand of every moment: compared hour by hour with what is declared."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import a_component, a_title, a_workload, an_environment

from cmp.errors import Invalid
from cmp.model.environment import Environment
from cmp.model.policy import Calendar
from cmp.model.when import SHANGHAI
from cmp.model.workload import Demand, Quorum
from cmp.scheduler.horizon.phases import Timeline, dominates, factors_at, horizon_end, timeline

NEW_YEAR = datetime(2027, 1, 1, tzinfo=SHANGHAI)
CALENDARS = (
    Calendar(id="qingming", dates=("2026-03-29..2026-04-08", "2027-03-29..2027-04-08")),
    Calendar(id="workdays", dates=("2026-01-05..2026-12-31", "2027-01-04..2027-12-31")),
)
WHENS = (
    "05-20",
    "12-20..01-10",
    "02-29",
    "2027-03-31",
    "2027-06-01..2027-06-03",
    "weekdays",
    "weekdays 08:30-11:30",
    "weekends 09:00-23:00",
    "workdays 07:00-22:00",
    "workdays",
    "month-end",
    "month-end 3 days",
    "qingming",
    "unscheduled",
)
demands = st.builds(
    Demand, when=st.sampled_from(WHENS), factor=st.sampled_from((0.5, 1.0, 1.5, 2.0, 10.0)), title=st.none()
)


def demanding(*demand: Demand, **changes: object) -> Environment:
    component = a_component("web", demand=demand, **changes)
    return an_environment(a_workload(components=(component,)), calendars=CALENDARS)


def year(environment: Environment) -> Timeline:
    return timeline(environment, NEW_YEAR, horizon_end(NEW_YEAR, "1y"))


def starts(found: Timeline, factor: int) -> list[str]:
    (phase,) = [each for each in found.phases if each.factors == (factor,)]
    return [f"{span.start:%m-%d %H:%M} {span.end:%m-%d %H:%M}" for span in phase.spans]


@settings(max_examples=12, deadline=None)
@given(
    first=st.lists(demands, max_size=4),
    second=st.lists(demands, max_size=4),
    hours=st.integers(0, 3000),
    minutes=st.sampled_from((0, 15, 30, 59)),
)
def test_every_hour_of_a_year_has_the_factors_that_its_phase_says(
    first: list[Demand], second: list[Demand], hours: int, minutes: int
) -> None:
    components = (a_component("a", demand=tuple(first)), a_component("b", demand=tuple(second)))
    environment = an_environment(a_workload(components=components), calendars=CALENDARS)
    start = NEW_YEAR + timedelta(hours=hours, minutes=minutes)
    end = horizon_end(start, "1y")

    found = timeline(environment, start, end)

    spans = sorted((span, phase.factors) for phase in found.phases for span in phase.spans)
    place, moment = 0, start
    while moment < end:
        while spans[place][0].end <= moment:
            place += 1
        assert spans[place][0].start <= moment
        assert spans[place][1] == factors_at(environment, found.components, moment)
        moment += timedelta(hours=1)


@settings(max_examples=60, deadline=None)
@given(demand=st.lists(demands, min_size=1, max_size=5))
def test_phases_cover_the_horizon_once_and_differ_from_each_other(demand: list[Demand]) -> None:
    found = year(demanding(*demand))

    spans = sorted(span for phase in found.phases for span in phase.spans)
    assert spans[0].start == found.start
    assert spans[-1].end == found.end
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert len({phase.factors for phase in found.phases}) == len(found.phases)
    cuts = {each: phase.factors for phase in found.phases for each in phase.spans}
    assert all(cuts[one] != cuts[other] for one, other in pairwise(spans))


def test_overlapping_demand_takes_the_largest_factor() -> None:
    found = year(demanding(Demand(when="05-01..05-31", factor=2.0), Demand(when="05-20", factor=4.0)))

    assert starts(found, 2000) == ["05-01 00:00 05-20 00:00", "05-21 00:00 06-01 00:00"]
    assert starts(found, 4000) == ["05-20 00:00 05-21 00:00"]


def test_a_span_over_the_new_year_holds_at_both_ends() -> None:
    found = year(demanding(Demand(when="12-20..01-10", factor=2.0)))

    assert starts(found, 2000) == ["01-01 00:00 01-11 00:00", "12-20 00:00 01-01 00:00"]


def test_a_movable_feast_is_where_its_calendar_has_it() -> None:
    assert starts(year(demanding(Demand(when="qingming", factor=10.0))), 10000) == ["03-29 00:00 04-09 00:00"]


def test_a_horizon_may_begin_within_a_peak() -> None:
    start = datetime(2027, 5, 20, 10, 0, 30, tzinfo=SHANGHAI)

    found = timeline(demanding(Demand(when="05-20", factor=4.0)), start, start + timedelta(days=2))

    assert starts(found, 4000) == ["05-20 10:00 05-21 00:00"]


def test_a_moment_of_another_offset_is_read_as_local_time() -> None:
    start = datetime.fromisoformat("2027-05-19T20:00:00+00:00")

    found = timeline(demanding(Demand(when="05-20", factor=4.0)), start, start + timedelta(days=1))

    assert starts(found, 4000) == ["05-20 04:00 05-21 00:00"]


def test_a_quorum_does_not_scale() -> None:
    quorum = Quorum(members=3, per_center=1, needed=2)

    found = year(demanding(Demand(when="05-20", factor=4.0), replicas=3, quorum=quorum))

    assert found.components == ()
    assert len(found.phases) == 1


def test_unscheduled_demand_under_one_title_rises_together() -> None:
    news = Demand(when="unscheduled", factor=6.0, title=a_title("News"))
    fire = Demand(when="unscheduled", factor=8.0, title=a_title("Fire"))
    components = (a_component("web", demand=(news, fire)), a_component("api", demand=(news,)))
    environment = an_environment(a_workload("portal", components=components))

    found = year(environment)

    assert {peak.name: dict(peak.factors) for peak in found.peaks} == {
        "portal: Fire": {("portal", "web"): 8000},
        "portal: News": {("portal", "web"): 6000, ("portal", "api"): 6000},
    }
    assert found.peaks[0].on(found.components, (1000, 9000)) == (1000, 9000)
    assert len(found.phases) == 1


def test_whoever_carries_more_of_everything_carries_less() -> None:
    assert dominates((2000, 1000), (2000, 500))
    assert not dominates((2000, 1000), (1000, 1500))


@pytest.mark.parametrize(
    ("dates", "known"),
    [
        (("2026-08-19", "2027-08-08"), date(2028, 7, 26)),
        (("2026-08-19",), date(2027, 8, 7)),
        (("2027-01-04..2027-01-08", "2027-01-11..2027-01-15"), date(2027, 1, 17)),
        ((), None),
    ],
)
def test_a_calendar_is_known_until_its_next_day_could_come(
    dates: tuple[str, ...], known: date | None
) -> None:
    component = a_component("web", demand=(Demand(when="feast", factor=2.0),))
    environment = an_environment(
        a_workload(components=(component,)), calendars=(Calendar(id="feast", dates=dates),)
    )

    found = timeline(environment, NEW_YEAR, horizon_end(NEW_YEAR, "3y"))

    assert [(each.calendar, each.until) for each in found.unknown] == [("feast", known)]


def test_official_working_days_that_nobody_listed_are_told() -> None:
    component = a_component("web", demand=(Demand(when="workdays 08:00-10:00", factor=2.0),))

    found = year(an_environment(a_workload(components=(component,))))

    assert [each.calendar for each in found.unknown] == ["workdays"]


def test_calendars_that_reach_over_the_horizon_are_not_told() -> None:
    assert year(demanding(Demand(when="qingming", factor=2.0))).unknown == ()


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("90d", "2027-05-01"),
        ("2w", "2027-02-14"),
        ("1m", "2027-02-28"),
        ("18m", "2028-07-31"),
        ("1y", "2028-01-31"),
    ],
)
def test_a_horizon_ends_so_much_later(text: str, end: str) -> None:
    start = datetime(2027, 1, 31, tzinfo=SHANGHAI)

    assert f"{horizon_end(start, text):%Y-%m-%d}" == end


@pytest.mark.parametrize("text", ["", "1", "y", "0d", "-1y", "1h", "11y", "9999d", "1.5y", "9999y"])
def test_what_is_no_horizon_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(Invalid, match="--horizon") as refusal:
        horizon_end(NEW_YEAR, text)

    assert "90d" in refusal.value.hint
