"""Describes how plays log into hosts: as whom, where, through whom, and by which secrets' names."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

from pydantic import Field, StringConstraints

from cmp.model.base import Document, Port
from cmp.model.texts import NamedSecret, User


class JumpHost(Document):
    """A host that leads to others: logins go through it."""

    user: User
    """The user that logs in there."""
    address: IPv4Address | IPv6Address
    """The address to log in at."""
    port: Port = 22
    """The port of SSH there."""


class SshWays(Document):
    """How hosts are reached and administered, where they say nothing themselves.

    `sudo_password` names a password by reference: `secret://sudo/office`, or `office` for short. It is asked
    for in the moment before it is used, and stands nowhere in an environment. For one person without a keeper
    of secrets the file `~/.config/tricenter/sudo/office` answers, too.
    """

    jump: JumpHost | None = None
    """The host that logins go through; left out: none."""
    connect_timeout: Annotated[int, Field(ge=1, le=300)] | None = None
    """Seconds until a login counts as unanswered; left out: 10."""
    interpreter: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._/-]{1,254}$")] | None = None
    """The absolute path of Python on the hosts; left out: /usr/bin/python3."""
    sudo_password: NamedSecret | None = None
    """The reference of the password that sudo asks for; left out: it asks for none."""


class Ssh(SshWays):
    """How a host is administered."""

    user: User
    """The user that logs in and may become root."""
    address: IPv4Address | IPv6Address | None = None
    """The address to log in at; left out: the host's first old address."""
    port: Port = 22
    """The port of SSH."""
