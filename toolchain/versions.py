"""Pins which engine binaries Tricenter runs with, and where each of them comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

PULUMI = "3.259.0"
"""The engine we build, download and test with; the Python SDK of the lock file has the same version."""

OLDEST_PULUMI = "3.230.0"
"""The oldest engine taken from PATH: since 3.229 `refresh --preview-only` takes no lock on file backends."""

OTHER_PULUMI = ("3.250.0", "3.230.0")
"""Tried in this order where a module mirror does not serve the pinned version, each by its own go.sum."""

ARCHIVES: Final[Mapping[str, str]] = {}
"""SHA-256, in hex, of official archives by their names: what is not here is not downloaded unasked.

A line is added once somebody learned a digest by another way than the archive. Nobody could where this
version was made, so that there is none: the engine is built from Go modules, or whoever knows the digest
names it (`tricenter engine install --sha256`).
"""

PROVIDER_ARCHIVES: Final[Mapping[str, str]] = {}
"""The same for official archives of the provider for Kubernetes."""

LANGUAGE_HOST = "3.78.1"
"""The last version in which the Python language host belongs to a published Go module."""

KUBERNETES = "1.36.3"
WITHOUT = "leave clusters out with KUBERNETES=0"
"""The way on where what clusters need cannot be had."""
"""The control plane of the lab's clusters."""

ETCD = "3.6.8"
"""The store of these clusters; older ones lack what clients of 1.36 ask for, so none but this is taken."""

KWOK = "0.8.0"
"""What plays the nodes of these clusters."""

KUBERNETES_PROVIDER = "4.25.0"
"""The official provider for Kubernetes; the SDK of the lock file has the same version.

The newest module that is published of it is of January 2026 and carries no version of its own; this is the
one that its SDK of that time has.
"""

_SDK = "github.com/pulumi/pulumi/sdk/v3"
_PROVIDER = "github.com/pulumi/pulumi-kubernetes"


@dataclass(frozen=True, slots=True)
class Borrowed:
    """Files of a published module that a build takes unchanged into a folder of its own.

    `summed` is the folder, below this package, whose go.mod and go.sum name the module; empty: those of the
    build itself. `files` are patterns within the module, with the folder each goes to below the build's.
    """

    module: str
    files: tuple[tuple[str, str], ...]
    summed: str = ""


@dataclass(frozen=True, slots=True)
class ToolSet:
    """One binary that is built from published Go modules.

    `folder` holds its go.mod and go.sum below this package, and those of other versions in folders of their
    names; `package` is what is built, `stamp` the variable the linker sets to the version, with what stands
    before it; `modules` have that version, and `scripts` are files of the module that holds `package`, copied
    beside the binary (paths relative to that module). `sources` are files of ours in `folder`, with the place
    of each below the build's folder; `borrowed` are files of others; `stamps` are set besides, as NAME=VALUE.
    What is `patient` is built at low priority: other work of the machine goes before it.
    """

    name: str
    folder: str
    package: str
    stamp: str
    modules: tuple[str, ...]
    versions: tuple[str, ...]
    scripts: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    borrowed: tuple[Borrowed, ...] = ()
    stamps: tuple[str, ...] = ()
    patient: bool = False

    def modules_of(self, version: str) -> PurePosixPath:
        """The folder with the go.mod and go.sum that a version is built by, below this package."""
        pinned = PurePosixPath(self.folder)
        return pinned if version == self.versions[0] else pinned / version


ENGINE = ToolSet(
    name="pulumi",
    folder="pulumi",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    stamp=f"{_SDK}/go/common/version.Version=v",
    modules=("github.com/pulumi/pulumi/pkg/v3", _SDK),
    versions=(PULUMI, *OTHER_PULUMI),
)

PYTHON_HOST = ToolSet(
    name="pulumi-language-python",
    folder="language_python",
    package=f"{_SDK}/python/cmd/pulumi-language-python",
    stamp=f"{_SDK}/go/common/version.Version=v",
    modules=(_SDK,),
    versions=(LANGUAGE_HOST,),
    scripts=("python/cmd/pulumi-language-python-exec",),
)

KUBERNETES_CONTROL = ToolSet(
    name="kube-control",
    folder="kube_control",
    package=".",
    stamp="k8s.io/component-base/version.gitVersion=v",
    modules=("k8s.io/kubernetes",),
    versions=(KUBERNETES,),
    sources=(("main.go", "main.go"),),
    stamps=(
        *(f"k8s.io/component-base/version.{part}" for part in ("gitMajor=1", "gitMinor=36")),
        "k8s.io/component-base/version.gitTreeState=clean",
    ),
    patient=True,
)
"""One binary with the five programs of a cluster: apart they would be five times as large."""

PROVIDER = ToolSet(
    name="pulumi-resource-kubernetes",
    folder="pulumi_kubernetes",
    package=".",
    stamp=f"{_PROVIDER}/provider/v4/pkg/version.Version=",
    modules=(),
    versions=(KUBERNETES_PROVIDER,),
    sources=(
        ("main.go", "main.go"),
        ("sdk.mod", "sdk/go.mod"),
        ("register.go", "sdk/go/kubernetes/yaml/v2/register.go"),
    ),
    borrowed=(
        Borrowed(
            f"{_PROVIDER}/sdk/v4",
            (
                ("go/kubernetes/*.go", "sdk/go/kubernetes"),
                ("go/kubernetes/utilities/*.go", "sdk/go/kubernetes/utilities"),
                ("go/kubernetes/helm/v4/*.go", "sdk/go/kubernetes/helm/v4"),
            ),
            summed="pulumi_kubernetes/borrowed",
        ),
        Borrowed(
            f"{_PROVIDER}/provider/v4",
            (
                ("cmd/pulumi-resource-kubernetes/schema.json", "."),
                ("cmd/pulumi-resource-kubernetes/terraform-mapping.json", "."),
            ),
        ),
    ),
    patient=True,
)
"""The official provider, but for one package of its Go SDK.

62 packages of typed resources hang on one function of it, which only YAML and Helm components call. Ours of
the same name (`register.go`) registers objects without their types, and the build takes a third of the time.
"""


def as_numbers(version: str) -> tuple[int, ...]:
    """Turn '3.259.0', 'v3.259.0' or '1.25' into comparable numbers; a suffix such as '-dev' is dropped.

    Raises:
        ValueError: the text does not start with a dotted number.
    """
    core = version.strip().removeprefix("v").split("-")[0].split("+")[0]
    return tuple(int(part) for part in core.split("."))


def is_usable(version: str) -> bool:
    """True when an engine of this version fits our stacks: the pinned line, not older than we need."""
    try:
        numbers = as_numbers(version)
    except ValueError:
        return False
    return as_numbers(OLDEST_PULUMI) <= numbers < (as_numbers(PULUMI)[0] + 1,)
