"""Says how a cloud of the estate is reached, without its credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cmp.model.estate import Cloud as DeclaredCloud
from cmp.model.estate import CloudKind


@dataclass(frozen=True, slots=True)
class Files:
    """Where the access data of clouds lie; None means the usual search of each client.

    `clouds` is a clouds.yaml; `aws_config` and `aws_credentials` are the pair that the AWS clients read;
    `kubeconfig` has a context for each cluster. `made_up_secrets` is the folder of a lab, which makes up the
    secrets that nobody gave it; None where they have to be given.
    """

    clouds: Path | None = None
    aws_config: Path | None = None
    aws_credentials: Path | None = None
    kubeconfig: Path | None = None
    made_up_secrets: Path | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """How one cloud is reached: names of entries and paths of files, never a secret itself.

    `entry` is the clouds.yaml entry (OpenStack); `profile`, `region` and `endpoint` are for AWS; `context` is
    a kubeconfig's. An empty string means 'not given'.
    """

    cloud: str
    kind: CloudKind
    entry: str = ""
    clouds_file: str = ""
    profile: str = ""
    region: str = ""
    endpoint: str = ""
    config_file: str = ""
    credentials_file: str = ""
    context: str = ""
    kubeconfig_file: str = ""


def bind(cloud: DeclaredCloud, files: Files) -> Binding:
    """Combine what the estate says about a cloud with where access data lie.

    A given AWS file pair says region and endpoint of its profile, and goes before the estate: so a lab can
    stand for the cloud.
    """
    return Binding(cloud=cloud.id, kind=cloud.kind, **BOUND[cloud.kind](cloud, files))


def _openstack(cloud: DeclaredCloud, files: Files) -> Mapping[str, str]:
    return {"entry": cloud.binding.cloud or cloud.id, "clouds_file": _text(files.clouds)}


def _aws(cloud: DeclaredCloud, files: Files) -> Mapping[str, str]:
    given = cloud.binding
    return {
        "profile": given.profile or "",
        "region": "" if files.aws_config else given.region or "",
        "endpoint": "" if files.aws_config else given.endpoint or "",
        "config_file": _text(files.aws_config),
        "credentials_file": _text(files.aws_credentials),
    }


def _kubernetes(cloud: DeclaredCloud, files: Files) -> Mapping[str, str]:
    return {"context": cloud.binding.context or cloud.id, "kubeconfig_file": _text(files.kubeconfig)}


BOUND: Final[Mapping[CloudKind, Callable[[DeclaredCloud, Files], Mapping[str, str]]]] = {
    CloudKind.OPENSTACK: _openstack,
    CloudKind.AWS: _aws,
    CloudKind.KUBERNETES: _kubernetes,
}
"""What binds each kind of cloud, from what the estate says and where access data lie."""


def _text(path: Path | None) -> str:
    return str(path) if path else ""
