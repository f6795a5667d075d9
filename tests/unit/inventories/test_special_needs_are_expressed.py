from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from cmp.model.environment import Environment
from cmp.model.estate import CloudKind, Isa, Ownership
from cmp.model.workload import (
    Component,
    DataClass,
    Demand,
    Mode,
    RunsAs,
    Scaling,
    Spread,
    Workload,
    Yields,
)

GOVERNMENT_ONLY = {DataClass.PERSONAL_SENSITIVE, DataClass.IMPORTANT, DataClass.CORE}


def parts(environment: Environment) -> Iterator[tuple[Workload, Component]]:
    return ((workload, part) for workload in environment.workloads for part in workload.components)


def part(environment: Environment, workload: str, component: str) -> Component:
    return environment.find(workload, component)[1]


def factors(demands: Sequence[Demand]) -> dict[str, float]:
    return {demand.when: demand.factor for demand in demands}


def centers_with_chip(environment: Environment, isa: Isa) -> set[str]:
    estate = environment.estate
    return {estate.center_of(pool).id for pool in estate.pools if estate.chip[pool.chip].isa is isa}


def centers_with(environment: Environment, accelerator: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for pool in environment.estate.pools:
        if count := pool.per_host.accelerators.get(accelerator, 0) * pool.usable_hosts:
            center = environment.estate.center_of(pool).id
            found[center] = found.get(center, 0) + count
    return found


@pytest.mark.parametrize(
    ("workload", "component", "peaks"),
    [
        ("office-automation", "web", {"weekdays 08:30-11:30": 1.5}),
        ("internal-affairs", "ledger", {"month-end 3 days": 2}),
        ("government-portal", "web", {"unscheduled": 6}),
        ("household-verification", "worker", {"unscheduled": 2}),
        ("vagrancy-rescue", "service", {"11-15..03-15": 2}),
        ("foundation-reports", "front", {"03-01..05-31": 3}),
        ("charity-china", "web", {"unscheduled": 8}),
        ("marriage-registration", "web", {"05-20": 4, "02-14": 3, "qixi": 2}),
        ("online-memorial", "web", {"qingming": 10}),
    ],
)
def test_peaks_are_declared(
    reference: Environment, workload: str, component: str, peaks: dict[str, float]
) -> None:
    assert factors(part(reference, workload, component).demand) == peaks


def test_the_print_service_exists_for_loong64_only_which_two_centers_have(reference: Environment) -> None:
    assert set(part(reference, "internal-affairs", "print").images) == {Isa.LOONG64}
    assert centers_with_chip(reference, Isa.LOONG64) == {"bj-b", "gy-c"}


def test_risk_models_fill_the_npu_at_night_and_half_of_them_by_day(reference: Environment) -> None:
    models = part(reference, "regulation-platform", "risk-model")

    assert models.needs.accelerators == {"ascend-910b": 1}
    assert models.scaling is Scaling.FIXED
    assert factors(models.demand) == {"weekdays 07:00-22:00": 0.5}


def test_seals_need_a_card_that_only_one_host_in_each_beijing_center_has(reference: Environment) -> None:
    signer = part(reference, "e-seal", "signer")
    hosts = [pool.hosts for pool in reference.estate.pools if "sm-crypto" in pool.per_host.accelerators]

    assert signer.needs.accelerators == {"sm-crypto": 1}
    assert signer.scaling is Scaling.FIXED
    assert sum(hosts) == 2
    assert set(centers_with(reference, "sm-crypto")) == {"bj-a", "bj-b"}


def test_speech_runs_on_either_accelerator(reference: Environment) -> None:
    ways = part(reference, "speech-recognition", "engine").ways

    assert [dict(way.needs.accelerators) for way in ways] == [{"ascend-910b": 1}, {"nvidia-l40s": 1}]
    assert [set(way.images) for way in ways] == [{Isa.ARM64}, {Isa.AMD64}]


def test_everything_that_takes_over_npu_work_in_guiyang_fits_its_eight(reference: Environment) -> None:
    wanted = [
        component.replicas * component.needs.accelerators["ascend-910b"]
        for workload, component in parts(reference)
        if "ascend-910b" in component.needs.accelerators and workload.recovery.grade > 2
    ]

    assert [way.id for way in part(reference, "face-recognition", "engine").ways] == [""]
    assert centers_with(reference, "ascend-910b") == {"bj-a": 16, "gy-c": 8}
    assert sum(wanted) == 7


def test_rendering_needs_a_gpu_that_the_production_center_lacks(reference: Environment) -> None:
    assert part(reference, "geo-platform", "renderer").needs.accelerators == {"nvidia-l40s": 1}
    assert set(centers_with(reference, "nvidia-l40s")) == {"bj-b", "gy-c"}


def test_batch_work_gives_way(reference: Environment) -> None:
    assert part(reference, "knowledge-graph", "trainer").yields is Yields.PREEMPTIBLE
    assert part(reference, "knowledge-graph", "trainer").prefer.locations == ("guiyang",)
    assert part(reference, "decision-analytics", "engine").yields is Yields.PREEMPTIBLE


def test_the_blockchain_is_one_stretched_quorum(reference: Environment) -> None:
    node = part(reference, "blockchain", "node")

    assert node.quorum is not None
    assert (node.quorum.members, node.quorum.per_center, node.quorum.needed) == (5, 2, 3)
    assert node.spread is Spread.POOL


def test_certificates_move_with_the_registration(reference: Environment) -> None:
    workload, issuer = reference.find("e-certificates-marriage", "issuer")
    bounds = {depends.workload: depends.max_rtt_ms for depends in workload.depends_on}

    assert issuer.together_with == ("marriage-registration/service",)
    assert bounds["marriage-registration"] == 2


def test_the_memorial_runs_on_the_leased_cloud_alone(reference: Environment) -> None:
    clouds = {component.require.clouds for component in reference.workload["online-memorial"].components}

    assert clouds == {("gy-c-pub",)}
    assert reference.estate.cloud["gy-c-pub"].ownership is Ownership.LEASED
    assert part(reference, "online-memorial", "web").yields is Yields.ELASTIC


def test_new_media_may_run_on_the_leased_cloud(reference: Environment) -> None:
    workload = reference.workload["new-media"]
    leased = reference.estate.cloud["gy-c-pub"]

    assert workload.mlps_level <= leased.mlps_level
    assert workload.data_class == (DataClass.PUBLIC,)
    assert {workload.zone_of(component) for component in workload.components} <= set(leased.zones)


def test_the_warehouse_has_six_stateful_nodes_in_the_private_zone(reference: Environment) -> None:
    workload, store = reference.find("data-warehouse", "store")

    assert (store.replicas, store.stateful, workload.zone_of(store)) == (6, True, "private")


def test_the_exchange_has_an_adapter_for_each_of_seven_departments(reference: Environment) -> None:
    adapters = part(reference, "data-exchange", "adapters")

    assert (adapters.replicas, adapters.scaling) == (7, Scaling.FIXED)


def test_security_collects_in_all_zones_and_keeps_logs_half_a_year(reference: Environment) -> None:
    workload, logs = reference.find("security-operations", "logs")
    gib_a_day = 30

    assert {workload.zone_of(component) for component in workload.components} == {
        "public",
        "private",
        "internet",
    }
    assert logs.data.gib >= 184 * gib_a_day


@pytest.mark.parametrize("name", ["government-portal", "service-portal", "minzhengtong", "mobile-office"])
def test_fronts_for_citizens_stand_in_the_internet_zone_and_the_rest_behind(
    reference: Environment, name: str
) -> None:
    zones = [reference.workload[name].zone_of(component) for component in reference.workload[name].components]

    assert zones[0] == "internet"
    assert "internet" not in zones[1:]


def test_internet_fronts_fit_the_clouds_that_have_that_zone(reference: Environment) -> None:
    serving = [cloud for cloud in reference.estate.clouds if "internet" in cloud.zones]
    fronts = [each for each in parts(reference) if each[0].zone_of(each[1]) == "internet"]

    assert [(cloud.id, cloud.mlps_level) for cloud in serving] == [
        ("bj-a-gov", 3),
        ("bj-b-gov", 3),
        ("gy-c-pub", 2),
    ]
    assert len(fronts) >= 10
    assert all(component.runs_as is RunsAs.SERVER for _, component in fronts)


def test_grade_six_needs_no_internet_zone_so_that_it_survives_a_location(reference: Environment) -> None:
    highest = [workload for workload in reference.workloads if workload.recovery.grade == 6]

    assert {workload.id for workload in highest} == {"cloud-management", "identity"}
    assert all(
        workload.zone_of(component) != "internet" for workload in highest for component in workload.components
    )


def test_hard_dependencies_promise_at_least_as_much_and_have_no_lower_grade(reference: Environment) -> None:
    pairs = [
        (workload, reference.workload[depends.workload])
        for workload in reference.workloads
        for depends in workload.depends_on
        if depends.mode is Mode.HARD
    ]

    assert all(set(reference.promised(one)) <= set(reference.promised(other)) for one, other in pairs)
    assert all(one.recovery.grade <= other.recovery.grade for one, other in pairs)


def test_about_half_of_the_stateless_components_are_containers(reference: Environment) -> None:
    stateless = [component for _, component in parts(reference) if not component.stateful]
    containers = [component for component in stateless if component.runs_as is RunsAs.CONTAINER]

    assert 0.4 <= len(containers) / len(stateless) <= 0.6


def test_containers_keep_out_of_the_zone_kubernetes_does_not_serve(reference: Environment) -> None:
    served = {
        zone
        for cloud in reference.estate.clouds
        if cloud.kind is CloudKind.KUBERNETES
        for zone in cloud.zones
    }
    asked = {
        workload.zone_of(component)
        for workload, component in parts(reference)
        if component.runs_as is RunsAs.CONTAINER
    }

    assert asked <= served == {"public", "private"}


def test_images_differ_in_the_instruction_sets_they_exist_for(reference: Environment) -> None:
    sets = {frozenset(component.images) for _, component in parts(reference)}

    assert {
        frozenset({Isa.AMD64}),
        frozenset({Isa.ARM64}),
        frozenset({Isa.LOONG64}),
        frozenset({Isa.AMD64, Isa.ARM64}),
        frozenset({Isa.ARM64, Isa.LOONG64}),
        frozenset({Isa.AMD64, Isa.ARM64, Isa.LOONG64}),
    } <= sets


def test_sensitive_systems_never_ask_for_a_leased_cloud(reference: Environment) -> None:
    for workload, component in parts(reference):
        if GOVERNMENT_ONLY & set(workload.data_class):
            clouds = [reference.estate.cloud[name] for name in component.require.clouds]

            assert all(cloud.ownership is Ownership.GOVERNMENT for cloud in clouds), workload.id


def test_three_stateful_components_run_in_containers_with_volumes(reference: Environment) -> None:
    """So that stateful sets, claims and probes are tried at all; one of them is in the lab."""
    kept = [part for workload in reference.workloads for part in workload.components if part.stateful]
    contained = [part for part in kept if part.runs_as is RunsAs.CONTAINER]

    assert len(contained) >= 3
    assert all(part.volumes and part.secrets and part.probes.ready for part in contained)
