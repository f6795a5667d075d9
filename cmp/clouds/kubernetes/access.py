"""Reads a kubeconfig: addresses, certificates, tokens; what runs a program or leads elsewhere is refused."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from cmp.clouds.binding import Binding
from cmp.clouds.transport import refuse_plain
from cmp.errors import Invalid, Refused
from cmp.sentences import Sentence

USUAL: Final = ("KUBECONFIG", "~/.kube/config")
"""The variable that names the file, and where it lies without: all that the shell decides."""

_MOST_BYTES: Final = 1 << 20
_CLUSTER: Final = {
    "server",
    "certificate-authority",
    "certificate-authority-data",
    "disable-compression",
    "extensions",
}
_USER: Final = {
    "token",
    "tokenFile",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "extensions",
}
_CONTEXT: Final = {"cluster", "user", "namespace", "extensions"}
_NEVER: Final[Mapping[str, str]] = {
    "exec": "runs a program",
    "auth-provider": "has keys fetched from another service",
    "insecure-skip-tls-verify": "takes any certificate",
    "proxy-url": "sends everything through another machine",
    "as": "acts as somebody else",
    "as-uid": "acts as somebody else",
    "as-groups": "acts as somebody else",
    "as-user-extra": "acts as somebody else",
    "username": "is a password, which no cluster of today takes",
    "password": "is a password, which no cluster of today takes",
}
"""Settings by which a client does what the environment does not declare."""


@dataclass(frozen=True, slots=True)
class Access:
    """How one cluster is reached; certificates and keys are in base64, as access files have them."""

    context: str
    server: str
    authority: str
    token: str = field(default="", repr=False)
    certificate: str = ""
    key: str = field(default="", repr=False)


def read_access(binding: Binding) -> Access:
    """Read the binding's context from its file, or from the usual one where it names none.

    Only what the context names is looked at; what other contexts do concerns nobody here.

    Raises:
        Refused: a setting runs a program, sends us elsewhere, or names a file outside the folder of this one.
        Invalid: there is no such file or context, it is not what clients read, or it has no keys.
    """
    where = f"cloud {binding.cloud}"
    path = _place(where, binding)
    whole = _loaded(where, path)
    context = _named(where, path, whole, "contexts", "context", binding.context)
    _judge(f"{where}: context {binding.context} in {path}", context, _CONTEXT)
    cluster = _named(where, path, whole, "clusters", "cluster", str(context.get("cluster", "")))
    user = _named(where, path, whole, "users", "user", str(context.get("user", "")))
    _judge(f"{where}: cluster {context.get('cluster')} in {path}", cluster, _CLUSTER)
    _judge(f"{where}: user {context.get('user')} in {path}", user, _USER)
    return _access(where, path, binding.context, cluster, user)


def own_file(*accesses: Access) -> str:
    """An access file of ours, made from values alone: what clients of others' making are given to read.

    It has a context for each access, and that of the first is the current one.
    """
    by_context = {access.context: access for access in reversed(accesses)}
    found = [by_context[name] for name in dict.fromkeys(access.context for access in accesses)]
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": each.context, "cluster": _given(_cluster_of(each))} for each in found],
            "users": [{"name": each.context, "user": _given(_user_of(each))} for each in found],
            "contexts": [
                {"name": each.context, "context": {"cluster": each.context, "user": each.context}}
                for each in found
            ],
            "current-context": found[0].context if found else "",
        }
    )


def _cluster_of(access: Access) -> Mapping[str, str]:
    return {"server": access.server, "certificate-authority-data": access.authority}


def _user_of(access: Access) -> Mapping[str, str]:
    return {
        "token": access.token,
        "client-certificate-data": access.certificate,
        "client-key-data": access.key,
    }


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


def _place(where: str, binding: Binding) -> Path:
    variable, usual = USUAL
    named = binding.kubeconfig_file or os.environ.get(variable) or usual
    if os.pathsep in named:
        raise Invalid(
            Sentence(
                "{where}: {variable} names several files, which would be mixed",
                where=where,
                variable=variable,
            ),
            hint="name one file",
        )
    return Path(named).expanduser().absolute()


def _loaded(where: str, path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Invalid(Sentence("{where}: {path} is larger than any access file", where=where, path=path))
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        why = getattr(problem, "strerror", None) or "it is no text"
        raise Invalid(
            Sentence("{where}: {path} cannot be read: {why}", where=where, path=path, why=why),
            hint="write the cluster's access file there, or name it in KUBECONFIG",
        ) from problem
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise Invalid(Sentence("{where}: {path} is no YAML", where=where, path=path)) from problem
    if not isinstance(found, Mapping) or found.get("kind", "Config") != "Config":
        raise Invalid(
            Sentence("{where}: {path} is no access file of Kubernetes (kind: Config)", where=where, path=path)
        )
    return found


def _named(
    where: str, path: Path, whole: Mapping[str, Any], listed: str, kind: str, name: str
) -> Mapping[str, Any]:
    entries = whole.get(listed) or ()
    found = [each for each in entries if isinstance(each, Mapping) and each.get("name") == name]
    if len(found) != 1 or not isinstance(found[0].get(kind), Mapping):
        known = ", ".join(str(each.get("name")) for each in entries if isinstance(each, Mapping)) or "none"
        raise Invalid(
            Sentence(
                "{where}: {path} has {found} {kind} {name}",
                where=where,
                path=path,
                found=len(found) or "no",
                kind=kind,
                name=name,
            ),
            hint=Sentence(
                "its {listed} are: {known}; name one in `binding: {{context: …}}`", listed=listed, known=known
            ),
        )
    entry: Mapping[str, Any] = found[0][kind]
    return entry


def _judge(where: str, settings: Mapping[str, Any], allowed: set[str]) -> None:
    """Refuse what would do more than reach one cluster; a switch that is off does nothing."""
    for name, value in settings.items():
        if name in allowed or value is False or value is None:
            continue
        what = _NEVER.get(str(name), "is nothing that clients are known to read")
        raise Refused(
            Sentence("{where}: {name} {what}: nothing was run or asked", where=where, name=name, what=what),
            hint="write server, certificate-authority-data, and a token or client certificate; nothing else",
        )


def _access(
    where: str, path: Path, context: str, cluster: Mapping[str, Any], user: Mapping[str, Any]
) -> Access:
    server = str(cluster.get("server", ""))
    refuse_plain(where.removeprefix("cloud "), server)
    found = Access(
        context,
        server,
        _content(where, path, cluster, "certificate-authority"),
        str(user.get("token") or "") or _token(where, path, user),
        _content(where, path, user, "client-certificate"),
        _content(where, path, user, "client-key"),
    )
    if not found.authority:
        raise Invalid(
            Sentence(
                "{where}: {path} names no authority for {server}", where=where, path=path, server=server
            ),
            hint="add certificate-authority-data",
        )
    if not found.token and not (found.certificate and found.key):
        raise Invalid(
            Sentence(
                "{where}: {path} has neither a token nor a client certificate with its key",
                where=where,
                path=path,
            ),
            hint="add token, or client-certificate-data and client-key-data",
        )
    return found


def _content(where: str, path: Path, settings: Mapping[str, Any], name: str) -> str:
    """A certificate or key in base64, given as such or as a file beside the access file."""
    if inside := settings.get(f"{name}-data"):
        try:
            base64.b64decode(str(inside), validate=True)
        except (binascii.Error, ValueError) as problem:
            raise Invalid(
                Sentence("{where}: {name}-data in {path} is no base64", where=where, name=name, path=path)
            ) from problem
        return str(inside)
    if not settings.get(name):
        return ""
    return base64.b64encode(_beside(where, path, name, str(settings[name]))).decode("ascii")


def _token(where: str, path: Path, user: Mapping[str, Any]) -> str:
    if not user.get("tokenFile"):
        return ""
    return _beside(where, path, "tokenFile", str(user["tokenFile"])).decode("ascii", "replace").strip()


def _beside(where: str, path: Path, name: str, named: str) -> bytes:
    """A file in the access file's own folder or below; a link may not lead out of it."""
    folder, target = path.parent.resolve(), (path.parent / named).resolve()
    if not target.is_relative_to(folder):
        raise Refused(
            Sentence(
                "{where}: {name} in {path} names {named}, outside its folder: not read",
                where=where,
                name=name,
                path=path,
                named=named,
            ),
            hint=Sentence("put the file into {folder}, or its content into the access file", folder=folder),
        )
    try:
        return target.read_bytes()[:_MOST_BYTES]
    except OSError as problem:
        raise Invalid(
            Sentence(
                "{where}: {name} in {path} names {named}: {strerror}",
                where=where,
                name=name,
                path=path,
                named=named,
                strerror=problem.strerror,
            )
        ) from problem
