"""Says how a cloud of the estate is reached, without its credentials."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cmp.model.estate import Cloud as DeclaredCloud
from cmp.model.estate import CloudKind


@dataclass(frozen=True, slots=True)
class Files:
    """Where the access data of clouds lie; None means the usual search of each client.

    `clouds` is a clouds.yaml; `aws_config` and `aws_credentials` are the pair that the AWS clients read.
    """

    clouds: Path | None = None
    aws_config: Path | None = None
    aws_credentials: Path | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """How one cloud is reached: names of entries and paths of files, never a secret itself.

    `entry` is the clouds.yaml entry (OpenStack); `profile`, `region` and `endpoint` are for AWS. An empty
    string means 'not given'.
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


def bind(cloud: DeclaredCloud, files: Files) -> Binding:
    """Combine what the estate says about a cloud with where access data lie.

    A given AWS file pair says region and endpoint of its profile, and goes before the estate: so a lab can
    stand for the cloud.
    """
    declared = cloud.binding
    return Binding(
        cloud=cloud.id,
        kind=cloud.kind,
        entry=declared.cloud or cloud.id if cloud.kind is CloudKind.OPENSTACK else "",
        clouds_file=_text(files.clouds) if cloud.kind is CloudKind.OPENSTACK else "",
        profile=declared.profile or "",
        region="" if files.aws_config else declared.region or "",
        endpoint="" if files.aws_config else declared.endpoint or "",
        config_file=_text(files.aws_config) if cloud.kind is CloudKind.AWS else "",
        credentials_file=_text(files.aws_credentials) if cloud.kind is CloudKind.AWS else "",
    )


def _text(path: Path | None) -> str:
    return str(path) if path else ""
