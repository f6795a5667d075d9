"""Lists what is really there, from the clouds' own APIs; a silent cloud is told of, never taken for empty."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cmp.clouds.base import Cloud, Resource
from cmp.errors import CmpError, TryLater


@dataclass(frozen=True, slots=True)
class Account:
    """How the listing of one cloud went; `error` is the reason where it did not."""

    cloud: str
    ok: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that was listed, and how each cloud answered."""

    resources: tuple[Resource, ...]
    accounts: tuple[Account, ...]

    @property
    def failed(self) -> tuple[Account, ...]:
        """The clouds that could not be listed."""
        return tuple(account for account in self.accounts if not account.ok)

    def require_complete(self) -> None:
        """Refuse to judge by half a list.

        Raises:
            TryLater: a cloud could not be listed; the sentence says which and why.
        """
        if self.failed:
            told = "; ".join(f"{account.cloud}: {account.error}" for account in self.failed)
            raise TryLater(f"{len(self.failed)} of {len(self.accounts)} clouds could not be listed: {told}")


def take(clouds: Mapping[str, Cloud]) -> Inventory:
    """Ask all clouds side by side."""
    with ThreadPoolExecutor(max(1, len(clouds))) as pool:
        answers = list(pool.map(_listed, clouds.values()))
    resources = [resource for found, _ in answers for resource in found]
    return Inventory(
        tuple(sorted(resources, key=lambda r: (r.cloud, r.kind, r.name, r.id))),
        tuple(account for _, account in answers),
    )


def _listed(cloud: Cloud) -> tuple[tuple[Resource, ...], Account]:
    try:
        return cloud.list(), Account(cloud.id, ok=True)
    except CmpError as error:
        return (), Account(cloud.id, ok=False, error=str(error))
