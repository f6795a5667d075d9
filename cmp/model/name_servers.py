"""Describes the server that keeps a zone, and how the zone is changed there."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Self

from pydantic import BeforeValidator, StringConstraints, model_validator

from cmp.model.base import Document, Id, Port
from cmp.model.ssh import Ssh
from cmp.model.texts import NamedSecret


class Reload(StrEnum):
    """The software of a name server, by whose own command it reads a zone again."""

    UNBOUND = "unbound"
    BIND = "bind"
    NSD = "nsd"
    KNOT = "knot"
    POWERDNS = "powerdns"


def _as_software(given: object) -> object:
    """Read what Plans of the first version say: an empty list for unbound; commands are not run any more."""
    return Reload.UNBOUND if isinstance(given, list | tuple) and not given else given


class ZoneWay(StrEnum):
    """How a zone is changed: as a file over SSH, by signed dynamic updates, or by somebody else."""

    FILES = "files"
    UPDATE = "update"
    TRANSFER = "transfer"


class Authority(Document):
    """Where a zone is asked for and changed by the protocol itself (RFC 2136, RFC 5936).

    `key` names a TSIG key (RFC 8945) by reference: `secret://tsig/office`, or `office` for short. It is kept
    as `tsig-keygen` writes it and stands nowhere in an environment. For one person without a keeper of
    secrets the file `~/.config/tricenter/tsig/office.key` answers, too.
    """

    address: IPv4Address | IPv6Address
    """The address that the zone is kept at."""
    port: Port = 53
    """The TCP port there."""
    key: NamedSecret | None = None
    """The reference of the TSIG key; None: the zone is transferred to whoever asks."""

    @property
    def key_name(self) -> str:
        """What a lab's server calls the key: the last part of its reference; empty where there is none."""
        return (self.key or "").rpartition("/")[2]


class ReverseZone(Document):
    """A zone of reverse names (RFC 1035 3.5, RFC 3596 2.5) that is kept beside that of the hosts' names."""

    zone: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{1,3}\.){1,32}(in-addr|ip6)\.arpa$")]
    """Its name, as `2.0.192.in-addr.arpa`."""
    zone_file: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._/-]+$")] | None = None
    """The absolute path of its file on the server, where zones are changed as files."""

    def holds(self, name: str) -> bool:
        """True where a reverse name, without its last dot, lies in the zone."""
        return name.endswith(f".{self.zone}")


class NameServer(Document):
    """The server that keeps a zone, and how the zone is changed there.

    As `files` it needs `ssh` and `zone_file`; `reload` says by which software's command it reads the zone
    again. By `update` it needs `authority` with a key that may change and transfer the zone. With `transfer`
    somebody else changes it, and the move reads it whole.
    """

    name: Id
    """Its name."""
    how: ZoneWay = ZoneWay.FILES
    """How its zone is changed: `files`, `update`, or `transfer` where somebody else does."""
    ssh: Ssh | None = None
    """How it is logged into."""
    zone_file: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._/-]+$")] | None = None
    """The absolute path of the zone's file on it."""
    reload: Annotated[Reload, BeforeValidator(_as_software)] = Reload.UNBOUND
    """The software whose command makes it read the zone again."""
    authority: Authority | None = None
    """Where it is asked for transfers and updates, and by which key."""

    @model_validator(mode="after")
    def _has_what_its_way_needs(self) -> Self:
        if self.how is ZoneWay.FILES and (self.ssh is None or self.zone_file is None):
            raise ValueError("a zone that is kept as a file needs `ssh` and `zone_file`")
        if self.how is not ZoneWay.FILES and self.authority is None:
            raise ValueError(f"`how: {self.how}` needs `authority`, the address where the zone is kept")
        if self.how is ZoneWay.UPDATE and self.authority and self.authority.key is None:
            raise ValueError("`how: update` needs `authority.key`, the name of a TSIG key")
        return self

    @property
    def is_changed_here(self) -> bool:
        """True where the move itself changes the zone."""
        return self.how is not ZoneWay.TRANSFER
