"""The provider for Kubernetes: only the exact version, and nothing that the shell says of clusters."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cmp.errors import Refused, TryLater
from toolchain import kept, kubernetes_provider
from toolchain.asking_plugin import version_of
from toolchain.downloading import Official
from toolchain.engine import Engine, environment
from toolchain.shelf import Origin, Shelf
from toolchain.versions import KUBERNETES_PROVIDER, PROVIDER

MakeProgram = Callable[[Path, str], Path]
PLUGIN = """
import sys, grpc
from concurrent.futures import ThreadPoolExecutor
said = b"\\x0a" + bytes([len(sys.argv[1])]) + sys.argv[1].encode()
door = grpc.method_handlers_generic_handler(
    "pulumirpc.ResourceProvider", {"GetPluginInfo": grpc.unary_unary_rpc_method_handler(lambda _, __: said)}
)
server = grpc.server(ThreadPoolExecutor(1))
server.add_generic_rpc_handlers((door,))
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
"""
INSTALL = """
for word; do last=$word; done
mkdir -p "$PULUMI_HOME/plugins/resource-kubernetes-v4.25.0"
cp "$last" "$PULUMI_HOME/plugins/resource-kubernetes-v4.25.0/pulumi-resource-kubernetes"
"""


@pytest.fixture
def plugin(tmp_path: Path, make_program: MakeProgram) -> Callable[[str, str], Path]:
    """Makes a program that speaks the protocol of plugins and says a version."""
    script = tmp_path / "plugin.py"
    script.write_text(PLUGIN)

    def make(folder: str, version: str) -> Path:
        return make_program(tmp_path / folder / PROVIDER.name, f"exec {sys.executable} -P {script} {version}")

    return make


@pytest.fixture
def engine(tmp_path: Path, make_program: MakeProgram) -> Engine:
    """An engine that installs a plugin as the real one does."""
    program = make_program(tmp_path / "engine" / "pulumi", INSTALL)
    return Engine(program, None, "3.259.0", Origin.PATH, tmp_path / "kept")


pytestmark = pytest.mark.enable_socket  # plugins listen on the loopback address


def test_a_plugin_is_asked_for_its_version_by_its_own_protocol(
    tmp_path: Path, plugin: Callable[[str, str], Path], make_program: MakeProgram
) -> None:
    assert version_of(plugin("bin", "v4.25.0")) == "4.25.0"
    assert version_of(make_program(tmp_path / "mute", "exit 0")) is None
    assert version_of(tmp_path / "nowhere") is None


def test_one_on_path_of_the_pinned_version_becomes_a_plugin(
    tmp_path: Path, plugin: Callable[[str, str], Path], engine: Engine, told: list[str]
) -> None:
    on_path = plugin("bin", KUBERNETES_PROVIDER)
    variables = {"PATH": f"{on_path.parent}:{os.defpath}", "XDG_CACHE_HOME": str(tmp_path / "cache")}

    found = kubernetes_provider.ensure(engine.folder, engine.pulumi, told.append, variables=variables)

    assert found.origin is Origin.PATH
    assert found.binary.is_relative_to(Shelf(engine.folder.resolve()).home)
    assert kubernetes_provider.find(engine.folder) == found
    told.clear()
    assert kubernetes_provider.ensure(engine.folder, engine.pulumi, told.append, variables={}) == found
    assert told == []


def test_one_on_path_of_another_version_is_neither_taken_nor_run_by_the_engine(
    tmp_path: Path, plugin: Callable[[str, str], Path], engine: Engine, told: list[str]
) -> None:
    """The engine takes a plugin on PATH before its own, whatever version it is."""
    on_path = plugin("bin", "4.34.2")
    variables = {"PATH": str(on_path.parent), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    built = plugin("built", KUBERNETES_PROVIDER)
    kept.keep(PROVIDER, built.parent, told.append, variables)

    found = kubernetes_provider.ensure(engine.folder, engine.pulumi, told.append, variables=variables)

    assert f"{on_path} is 4.34.2, not {KUBERNETES_PROVIDER}: not used" in told
    assert found.origin is Origin.MODULES
    first = environment(engine, tmp_path / "venv", variables)["PATH"].split(os.pathsep)[0]
    assert (Path(first) / PROVIDER.name).samefile(found.binary)
    away = environment(engine, tmp_path / "venv", {"PATH": "/nowhere"})["PATH"].split(os.pathsep)
    assert first not in away


def test_a_forged_download_ends_everything(
    tmp_path: Path, engine: Engine, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    folder = tmp_path / "releases" / f"v{KUBERNETES_PROVIDER}"
    folder.mkdir(parents=True)
    official = Official((tmp_path / "releases").as_uri(), "0" * 64)
    (folder / official.archive(KUBERNETES_PROVIDER, "Linux", "x86_64")).write_bytes(b"forged")

    with pytest.raises(Refused, match="has the SHA-256"):
        kubernetes_provider.ensure(engine.folder, engine.pulumi, told.append, official, {"PATH": ""})

    assert kubernetes_provider.find(engine.folder) is None


def test_no_way_at_all_names_every_way(
    tmp_path: Path, engine: Engine, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    variables = {"PATH": "", "XDG_CACHE_HOME": str(tmp_path / "cache")}

    with pytest.raises(TryLater, match=r"official download failed.*Go modules failed"):
        kubernetes_provider.ensure(engine.folder, engine.pulumi, told.append, variables=variables)


def test_what_the_shell_says_of_clusters_does_not_reach_the_engine(tmp_path: Path, engine: Engine) -> None:
    said = {
        "PATH": "/usr/bin",
        "KUBECONFIG": "/srv/somebody/kubeconfig",
        "PULUMI_K8S_DELETE_UNREACHABLE": "true",
        "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE": "true",
    }

    found = environment(engine, tmp_path / "venv", said)

    assert found["KUBECONFIG"] == os.devnull
    assert found["PULUMI_K8S_DELETE_UNREACHABLE"] == "false"
    assert found["PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"] == "false"
