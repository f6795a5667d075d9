"""Knows the secrets of a lab and of a state folder, and looks for them wherever they do not belong."""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from support.cloud_listings import connect
from support.command_line import ROOT
from support.lab_clouds import LabClouds

BELONG = ("passphrase", "passwords.json", "clouds.yaml", "credentials")
"""Files that are there to hold a secret, readable for their owner only."""

SERVICE_FILES = (".conf", ".db", ".db-wal", ".db-shm", ".sqlite")
"""Files of the lab's services that play the cloud's inside: configuration and databases."""


def secrets_of(state: Path, clouds: LabClouds) -> frozenset[str]:
    """Every password, key and passphrase."""
    passwords = json.loads((clouds.folder / "openstack" / "passwords.json").read_text())
    keys = configparser.ConfigParser(interpolation=None)
    keys.read(clouds.aws.credentials_file)
    secret_keys = [keys[profile]["aws_secret_access_key"] for profile in keys.sections()]
    passphrases = [path.read_text().strip() for path in state.glob("pulumi/passphrase")]
    return frozenset([*passwords.values(), *secret_keys, *passphrases])


def places_with_secrets(state: Path, clouds: LabClouds, told: Iterable[str]) -> list[str]:
    """Name every place in which a secret occurs: files, what commands said, what clouds list."""
    secrets = secrets_of(state, clouds)
    places = [*_files(state, clouds), *_answers(told), *_listings(clouds)]
    return sorted({name for name, text in places if any(secret in text for secret in secrets)})


def _files(state: Path, clouds: LabClouds) -> Iterator[tuple[str, str]]:
    """Plans, allocations, the engine's state and logs, the copies, and all logs of the lab."""
    parts = [path for path in state.iterdir() if path.name != "lab"]
    logs = [ROOT / ".toolchain" / "pulumi-home" / "logs"]
    for part in (*parts, *logs, clouds.folder):
        for path in [part, *part.rglob("*")] if part.exists() else []:
            if path.is_file() and path.name not in BELONG and not _is_inside(path):
                yield str(path), path.read_text(errors="replace")


def _is_inside(path: Path) -> bool:
    return path.suffix in SERVICE_FILES or "golden" in path.parts or "etc" in path.parts


def _answers(told: Iterable[str]) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(told, start=1):
        yield f"answer {number}", text


def _listings(clouds: LabClouds) -> list[tuple[str, str]]:
    with ThreadPoolExecutor() as threads:
        return list(threads.map(lambda region: _listing(clouds, region), clouds.openstack.layout.regions))


def _listing(clouds: LabClouds, region: str) -> tuple[str, str]:
    """Names, tags, metadata and descriptions of everything in a region."""
    with connect(clouds, region) as cloud:
        network = cloud.network
        things: list[Any] = [
            *cloud.compute.servers(all_projects=True),
            *cloud.compute.flavors(is_public=None, get_extra_specs=True),
            *network.networks(),
            *network.subnets(),
            *network.routers(),
            *network.security_groups(),
            *network.ports(),
        ]
        return f"listing of {region}", "\n".join(str(thing.to_dict()) for thing in things)
