"""Reads an AWS profile: keys and addresses alone; what would run a program or ask a stranger is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import ConfigNotFound, ProfileNotFound

from cmp.clouds.binding import Binding
from cmp.errors import Invalid, Refused
from cmp.sentences import Sentence

Settings = Mapping[str, Any]

_CONFIG, _CREDENTIALS = (
    ("AWS_CONFIG_FILE", "~/.aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
)
"""The variables that name the two files, and where they lie without: all that the shell decides."""

_FROM_ELSEWHERE: Mapping[str, str] = {
    "credential_process": "runs a program",
    "credential_source": "asks the machine's own services for keys",
    "role_arn": "has keys fetched from another service",
    "source_profile": "has keys fetched from another service",
    "web_identity_token_file": "has keys fetched from another service",
    "login_session": "has keys fetched from another service",
}
"""Settings by which clients get keys from somewhere that the environment does not declare."""

_SSO = "sso_"
_PAIR = ("aws_access_key_id", "aws_secret_access_key")


@dataclass(frozen=True, slots=True)
class Access:
    """What the client is made from; an empty string means 'not given'."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)
    region: str
    endpoint: str
    authorities: str
    variants: Settings
    """Which of the provider's own addresses are wanted, where no endpoint is named."""


def read_access(binding: Binding) -> Access:
    """Read the binding's profile from its file pair, or from the usual one where it names none.

    Raises:
        ProfileNotFound, ConfigParseError: of the client, in its words.
        Refused: the profile has its keys made by a program or fetched.
        Invalid: it has no keys.
    """
    places = (_place(binding.config_file, *_CONFIG), _place(binding.credentials_file, *_CREDENTIALS))
    whole = _loaded(load_config, places[0])
    profile = binding.profile or "default"
    parts = (whole.get("profiles", {}).get(profile), _loaded(raw_config_parse, places[1]).get(profile))
    if binding.profile and parts == (None, None):
        raise ProfileNotFound(profile=profile)
    for place, part in zip(places, parts, strict=True):
        _refuse_from_elsewhere(f"cloud {binding.cloud}: profile {profile} in {place}", part or {})
    settings = {**(parts[0] or {}), **(parts[1] or {})}
    if not all(settings.get(name) for name in _PAIR):
        raise Invalid(
            Sentence(
                "cloud {cloud}: profile {profile} has no {names}",
                cloud=binding.cloud,
                profile=profile,
                names=" and ".join(_PAIR),
            ),
            hint=Sentence(
                "write them into {places}; keys in variables of the shell are not taken", places=places[1]
            ),
        )
    return _access(binding, settings, whole.get("services", {}))


def _place(given: str, variable: str, usual: str) -> str:
    return str(Path(given or os.environ.get(variable) or usual).expanduser())


def _loaded(load: Any, place: str) -> dict[str, Any]:
    try:
        return dict(load(place))
    except ConfigNotFound:
        return {}


def _refuse_from_elsewhere(where: str, settings: Settings) -> None:
    for name in sorted(settings):
        what = _FROM_ELSEWHERE.get(name) or (
            "has keys fetched from another service" if name.startswith(_SSO) else ""
        )
        if what:
            raise Refused(
                Sentence(
                    "{where}: {name} {what}, which the environment does not declare: nothing was "
                    "run or asked",
                    where=where,
                    name=name,
                    what=what,
                ),
                hint=Sentence(
                    "take {name} out and write {names} (aws_session_token where they expire)",
                    name=name,
                    names=" and ".join(_PAIR),
                ),
            )


def _access(binding: Binding, settings: Settings, services: Settings) -> Access:
    return Access(
        access_key=settings[_PAIR[0]],
        secret_key=settings[_PAIR[1]],
        session_token=settings.get("aws_session_token") or "",
        region=binding.region or settings.get("region") or "",
        endpoint=binding.endpoint or _endpoint(settings, services),
        authorities=str(Path(named).expanduser()) if (named := settings.get("ca_bundle")) else "",
        variants={
            name: _is_true(settings[name])
            for name in ("use_fips_endpoint", "use_dualstack_endpoint")
            if name in settings
        },
    )


def _endpoint(settings: Settings, services: Settings) -> str:
    """The address that the files name for EC2: its own goes before the profile's."""
    if _is_true(settings.get("ignore_configured_endpoint_urls")):
        return ""
    own = services.get(settings.get("services") or "", {}).get("ec2")
    named = own.get("endpoint_url") if isinstance(own, Mapping) else None
    return named or settings.get("endpoint_url") or ""


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
