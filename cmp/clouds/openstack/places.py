"""Finds the host that a Plan gave a server, for accounts that may name one."""

from __future__ import annotations

from openstack.utils import supports_microversion

from cmp.clouds.base import Wish
from cmp.clouds.hosts import Host, numbered
from cmp.clouds.openstack.api import Api
from cmp.clouds.openstack.fleet import Fleet
from cmp.errors import Refused

NAMES_HOSTS = "2.74"
"""The first microversion of Nova whose requests for servers may name a host that its filters still judge."""


class Places:
    """The hosts of a region by pool and number."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._fleet = Fleet(api)

    def host_of(self, wish: Wish) -> str | None:
        """The host that the Plan gave it; None where the Plan names none, or cloud or account cannot."""
        place = wish.get("place")
        if not place:
            return None
        hosts = numbered(wish["availability_zone"], place["of"], self._api.recall("hosts", self._hosts))
        host = hosts.get(place["host"])
        return host.name if host is not None and host.up and host.enabled else None

    def _hosts(self) -> tuple[Host, ...]:
        """Nothing where the account may not see hosts: then it may not name one either."""
        if not self._api.ask("ask for its version", lambda c: supports_microversion(c.compute, NAMES_HOSTS)):
            return ()
        try:
            return self._fleet.names()
        except Refused:
            return ()
