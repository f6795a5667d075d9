"""Says what the use cases ask of a store of addresses; one keeps them in a database, one in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # who only asks for help or validates waits for no Plan
    from cmp.model.addresses import Holding, Region, Request
    from cmp.model.plan import ZoneNetwork


@dataclass(frozen=True, slots=True)
class AddressChange:
    """Regions and holdings to be added, and holdings to be taken out before; all of it happens or nothing."""

    regions: tuple[Region, ...] = ()
    added: tuple[Holding, ...] = ()
    gone: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptBack:
    """Addresses of a family, by number, that were given back and that nobody gets until a moment."""

    region: str
    family: int
    first: int
    last: int
    until: datetime


class Addresses(Protocol):
    """Every region with its prefixes and addresses; each call is one transaction."""

    def regions(self) -> tuple[Region, ...]:
        """All regions by name."""

    def holdings(self, region: str | None = None) -> tuple[Holding, ...]:
        """What is held in one region or in all: by region, family, address, the outer before the inner."""

    def kept_back(self) -> tuple[KeptBack, ...]:
        """All that was put in quarantine and not given away since: by region, family and address."""

    def change(self, change: AddressChange) -> int:
        """Make a change whole; what is there already stays. Returns how many holdings are new.

        Raises:
            Invalid: a holding has no place in the tree; every objection is told.
            Refused: what is to go still has others in it.
        """

    def allocate(self, request: Request) -> Holding:
        """The first free prefix or address that answers a request, or what answered it before.

        Raises:
            Invalid: there is no such region or prefix to take it from.
            Conflict: the name holds something else.
            NothingFits: there is no room left.
        """

    def allocate_many(self, requests: Sequence[Request]) -> tuple[Holding, ...]:
        """Answer all requests in their order, or none; raises what `allocate` does."""

    def release(self, region: str, name: str, until: datetime | None = None) -> tuple[Holding, ...]:
        """Give back what a name holds, in both families; until a moment nobody else gets it.

        Raises:
            Invalid: the name holds nothing.
            Refused: others lie in it.
        """


class AddressStore(Protocol):
    """Opens the addresses for a while; what is in quarantine is judged by a clock."""

    @property
    def database(self) -> str | None:
        """The URL of the database that somebody named, which may hold a password; None: nobody named one."""

    def opened(self, clock: Callable[[], datetime] | None = None) -> AbstractContextManager[Addresses]:
        """The addresses, as long as the block runs.

        Raises:
            Invalid: the database's address is wrong.
            Refused: a newer version made it.
            TryLater: it cannot be opened.
        """

    def is_empty(self) -> bool:
        """True where nobody ever wrote anything: looking then makes no database."""

    def before(self, environment: str) -> tuple[ZoneNetwork, ...]:
        """What was allocated before there was a database.

        Raises:
            Invalid: it cannot be read.
        """
