"""What only containers have: refused where it means nothing, and where Kubernetes would refuse it later."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from support.builders import a_component, an_exposure

from cmp.loaders.checks.containers import LARGEST, check_container
from cmp.model.codes import Code
from cmp.model.container import Probe, Probes, Publication, ServiceKind, Volume
from cmp.model.estate import Isa
from cmp.model.workload import Component, Needs, RunsAs

NEEDS = Needs(vcpus=1, memory_gib=1, disk_gib=20)
DISK = Volume(id="data", mount="/srv/data", gib=10)
NAME = Publication(host="portal.example.org", port=443)


def a_container(**fields: Any) -> Component:
    return a_component(runs_as=RunsAs.CONTAINER, needs=NEEDS, **fields)


def found(component: Component) -> list[tuple[Code, tuple[str | int, ...]]]:
    return [(finding.code, finding.path) for finding in check_container((), component)]


def test_a_container_with_all_there_is_has_no_finding() -> None:
    whole = a_container(
        stateful=True,
        command=("serve", "--listen=:8080"),
        config={"HOME": "/srv"},
        secrets={"PASSWORD": "secret://service/password"},
        pull_secrets=("secret://registry/reader",),
        probes=Probes(ready=Probe(port=8080, path="/ready"), alive=Probe(command=("check",))),
        volumes=(DISK,),
        exposes=(an_exposure(443),),
        published=(NAME,),
        service=ServiceKind.HEADLESS,
    )

    assert found(whole) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("command", ("serve",)),
        ("config", {"A": "b"}),
        ("secrets", {"A": "secret://service/b"}),
        ("pull_secrets", ("secret://registry/reader",)),
        ("volumes", (DISK,)),
        ("published", (NAME,)),
        ("service", ServiceKind.HEADLESS),
        ("probes", Probes(ready=Probe(port=1))),
    ],
)
def test_a_server_that_says_what_only_containers_have_is_refused(field: str, value: Any) -> None:
    server = a_component(needs=NEEDS, **{field: value})

    assert (Code.CONTAINER_FIELD, (field,)) in found(server)


@pytest.mark.parametrize(
    ("component", "code", "path"),
    [
        (a_container(init="cloud-init/web.yaml"), Code.CONTAINER_FIELD, ("init",)),
        (a_container(volumes=(DISK,)), Code.CONTAINER_FIELD, ("volumes",)),
        (a_container(config={"A": "x" * 2000}), None, ()),
        (
            a_container(config={"A": "b"}, secrets={"A": "secret://service/b"}),
            Code.DUPLICATE_ENTRY,
            ("secrets", "A"),
        ),
        (
            a_container(stateful=True, volumes=(DISK, DISK.changed(id="more"))),
            Code.DUPLICATE_ENTRY,
            ("volumes", 1, "mount"),
        ),
        (
            a_container(stateful=True, volumes=(DISK.changed(gib=21),)),
            Code.IMPOSSIBLE,
            ("volumes",),
        ),
        (
            a_container(probes=Probes(alive=Probe(port=1, period_seconds=2, timeout_seconds=3))),
            Code.IMPOSSIBLE,
            ("probes", "alive"),
        ),
    ],
)
def test_what_kubernetes_would_refuse_later_is_refused_here(
    component: Component, code: Code | None, path: tuple[str | int, ...]
) -> None:
    assert found(component) == ([(code, path)] if code else [])


def test_settings_larger_than_a_config_map_are_refused() -> None:
    many = {f"NAME_{number}": "字" * 2000 for number in range(1 + LARGEST // 6000)}

    assert found(a_container().changed(config=many)) == [(Code.CONTAINER_LIMIT, ("config",))]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"port": 80, "command": ("check",)},
        {"command": ("check",), "path": "/x"},
        {"port": 80, "path": "x"},
        {"port": 80, "period_seconds": 0},
    ],
)
def test_a_probe_asks_in_one_way(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Probe(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"secrets": {"PASSWORD": "sesame"}},
        {"secrets": {"PASSWORD": "secret://service"}},
        {"config": {"NOT-A-NAME": "x"}},
        {"command": ("sh", "-c", "a; b")},
        {"command": ("$(PASSWORD)",)},
        {"images": {"amd64": "web:1@sha256:abc"}},
        {"images": {"amd64": "web:1@md5:" + 64 * "0"}},
        {"volumes": ({"id": "data", "mount": "/srv/../etc", "gib": 1},)},
        {"volumes": ({"id": "data", "mount": "srv", "gib": 1},)},
    ],
)
def test_a_text_that_could_mean_more_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Component.model_validate_json(a_container().model_copy(update=fields).model_dump_json(warnings=False))


def test_an_image_may_be_named_by_its_digest() -> None:
    image = "registry.example/web:1@sha256:" + 64 * "a"

    assert a_container(images={Isa.AMD64: image}).images[Isa.AMD64] == image


def test_a_name_leads_to_a_port_that_is_exposed_and_is_said_once() -> None:
    assert found(a_container(published=(NAME,))) == [(Code.IMPOSSIBLE, ("published", 0, "port"))]
    twice = a_container(published=(NAME, NAME), exposes=(an_exposure(443),))
    assert found(twice) == [(Code.DUPLICATE_ENTRY, ("published", 1))]


@pytest.mark.parametrize(
    "host", ["portal", "Portal.example.org", "*.example.org", "192.0.2.1", "a..org", "x.org."]
)
def test_a_name_is_one_of_the_dns_with_its_domain(host: str) -> None:
    with pytest.raises(ValidationError):
        Publication(host=host, port=443)
