"""Reads the entry of a clouds.yaml; what would run a program or ask a stranger is refused."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openstack import exceptions as sdk
from openstack.config import OpenStackConfig, vendors
from openstack.config.cloud_region import CloudRegion

from cmp.clouds.binding import Binding
from cmp.errors import Refused
from cmp.sentences import Sentence

Settings = Mapping[str, Any]

_CONFIG = "OS_CLIENT_CONFIG_FILE"
_SECRETS = "OS_CLIENT_SECURE_FILE"
"""The variables that name the files where the binding names none: all that the shell decides."""

LOGINS = frozenset(
    {
        *("password", "v2password", "v3password", "v3totp"),
        *("token", "v2token", "v3token"),
        "v3applicationcredential",
    }
)
"""Ways to log in that ask nobody but `auth_url`; others start browsers, plug-ins, or ask further services."""

_IN_MEMORY = frozenset({"dogpile.cache.null", "dogpile.cache.memory"})
_SECRET_FILE = "secure.yaml"  # noqa: S105 - the name of a file


def read_region(binding: Binding, timeout: int) -> CloudRegion:
    """Read the binding's file with the secrets beside it, or do the usual search where it names none.

    `timeout` is in seconds, for one call on the cloud.

    Raises:
        ConfigException: of the client, in its words.
        Refused: a setting has something run or fetched that the environment does not declare.
    """
    if binding.clouds_file and not Path(binding.clouds_file).is_file():
        raise sdk.ConfigException(f"the access file {binding.clouds_file} is not there")
    config = OpenStackConfig(**_files(binding), vendor_files=[], load_envvars=False)
    _refuse(binding, config, _of_vendors(binding, config))
    meant = config.get_one(binding.entry, validate=False)
    _refuse(binding, config, (*_of_login(binding, meant.config), *_of_all(config.extra_config)))
    return config.get_one(binding.entry, api_timeout=timeout)


def _refuse(binding: Binding, config: OpenStackConfig, found: Iterable[tuple[str, str, str]]) -> None:
    """Refuse the first setting that was found: its key, what it does, and what to do instead."""
    files = [name for name in (config.config_filename, config.secure_config_filename) if name]
    for key, what, remedy in found:
        raise Refused(
            Sentence(
                "cloud {cloud}: {key} in {names} {what}, which the environment does not "
                "declare: nothing was run or asked",
                cloud=binding.cloud,
                key=key,
                names=" or ".join(files),
                what=what,
            ),
            hint=remedy,
        )


def _files(binding: Binding) -> dict[str, Any]:
    if binding.clouds_file:
        path = Path(binding.clouds_file)
        return {"config_files": [str(path)], "secure_files": [str(path.with_name(_SECRET_FILE))]}
    named = {"config_files": os.environ.get(_CONFIG), "secure_files": os.environ.get(_SECRETS)}
    return {kind: [place] for kind, place in named.items() if place}


def _of_vendors(binding: Binding, config: OpenStackConfig) -> Iterator[tuple[str, str, str]]:
    """Before the client looks at the entry: it fetches a vendor's settings as soon as it does."""
    entry = config.cloud_config["clouds"].get(binding.entry) or {}
    for key in ("profile", "cloud"):
        if (vendor := entry.get(key)) and _is_remote(str(vendor)):
            remedy = f"take {key} out and write auth.auth_url into the entry"
            yield f"clouds.{binding.entry}.{key}", "has a vendor's settings fetched", remedy


def _of_login(binding: Binding, settings: Settings) -> Iterator[tuple[str, str, str]]:
    """How the client would log in, whatever spelling, region or vendor says so."""
    login = str(settings.get("auth_type"))
    if login not in LOGINS:
        what = f"({login}) has a plug-in run or services asked other than auth_url"
        yield f"clouds.{binding.entry}.auth_type", what, f"log in by one of {', '.join(sorted(LOGINS))}"
    if settings.get("metrics"):
        yield f"clouds.{binding.entry}.metrics", "has figures sent elsewhere", "take metrics out"


def _of_all(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """What the file says for all its clouds."""
    cache = settings.get("cache") or {}
    if cache.get("class", "dogpile.cache.null") not in _IN_MEMORY:
        yield "cache.class", "loads a plug-in that reads what others may have written", "take cache.class out"
    if cache.get("auth"):
        yield "cache.auth", "has a keyring's program keep the login", "take cache.auth out"
    if settings.get("metrics"):
        yield "metrics", "has figures sent elsewhere", "take metrics out"


def _is_remote(vendor: str) -> bool:
    """True for a profile that is not wholly among those that the client brings along."""
    if vendor not in vendors.profiles():
        return True
    return bool((vendors.get_profile(vendor) or {}).get("profile"))
