"""The official provider is given an access file of ours, of values alone; what is refused is not in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cmp.clouds.binding import Files
from cmp.installation import HERE
from cmp.loaders.loading import load
from cmp.model.environment import Environment
from cmp.services.carrying_out.access import for_the_provider
from cmp.settings import Workshop

TOKEN = {"token": "sesame"}
PROGRAM = {"exec": {"command": "touch", "args": ["x"]}}
CONTEXTS = ("bj-a-k8s", "bj-b-k8s", "gy-c-k8s")


@pytest.fixture(scope="module")
def lab() -> Environment:
    return load(HERE.shipped("inventories/lab")).environment


def a_kubeconfig(folder: Path, **users: Any) -> Files:
    reached = {"server": "https://192.0.2.1:6443", "certificate-authority-data": "Y2VydA=="}
    content = {
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": reached}],
        "users": [{"name": name, "user": users.get(name, TOKEN)} for name in CONTEXTS],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": name}} for name in CONTEXTS],
        "preferences": {"colors": True},
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(content))
    return Files(clouds=folder / "clouds.yaml", kubeconfig=path)


def written(files: Files) -> Any:
    assert files.kubeconfig
    return json.loads(files.kubeconfig.read_text())


def test_the_file_has_a_context_for_each_cluster_and_is_for_nobody_else(
    tmp_path: Path, lab: Environment
) -> None:
    given = a_kubeconfig(tmp_path)

    files = for_the_provider(lab, Workshop(tmp_path / "state"), given)

    assert files.clouds == given.clouds
    assert files.kubeconfig == tmp_path / "state" / "access" / "lab.kubeconfig"
    assert files.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert [each["name"] for each in written(files)["contexts"]] == [*CONTEXTS]
    assert {each["user"]["token"] for each in written(files)["users"]} == {"sesame"}


def test_a_cluster_whose_file_names_a_program_is_reached_by_nothing(tmp_path: Path, lab: Environment) -> None:
    files = for_the_provider(
        lab, Workshop(tmp_path / "state"), a_kubeconfig(tmp_path, **{"bj-b-k8s": PROGRAM})
    )

    assert [each["name"] for each in written(files)["users"]] == ["bj-a-k8s", "gy-c-k8s"]
    assert "touch" not in json.dumps(written(files))


def test_clusters_that_are_left_out_are_not_in_it(tmp_path: Path, lab: Environment) -> None:
    workshop = Workshop(tmp_path / "state", frozenset({"kubernetes"}))

    assert written(for_the_provider(lab, workshop, a_kubeconfig(tmp_path)))["contexts"] == []


def test_the_file_is_found_from_any_folder(
    tmp_path: Path, lab: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    files = for_the_provider(lab, Workshop(Path(".tricenter")), a_kubeconfig(tmp_path))

    assert files.kubeconfig == tmp_path / ".tricenter" / "access" / "lab.kubeconfig"
