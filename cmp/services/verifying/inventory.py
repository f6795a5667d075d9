"""Lists what is really there, from the clouds' own APIs; a silent cloud is told of, never taken for empty."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from cmp.clouds.base import Cloud, Resource
from cmp.errors import CmpError, Invalid, Refused, TryLater
from cmp.means import Means
from cmp.model.references import EnvironmentRef


@dataclass(frozen=True, slots=True)
class Account:
    """How the listing of one cloud went; `error` is the reason where it did not."""

    cloud: str
    ok: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that was listed, and how each cloud answered; `errors` are those of the failed accounts."""

    resources: tuple[Resource, ...]
    accounts: tuple[Account, ...]
    errors: tuple[CmpError, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """What was listed, and how each cloud answered."""
        resources = [
            {
                "cloud": each.cloud,
                "kind": each.kind,
                "id": each.id,
                "name": each.name,
                "managed": each.managed,
                "tags": dict(each.tags),
            }
            for each in self.resources
        ]
        return {"resources": resources, "accounts": [asdict(account) for account in self.accounts]}

    @property
    def failed(self) -> tuple[Account, ...]:
        """The clouds that could not be listed."""
        return tuple(account for account in self.accounts if not account.ok)

    def require_complete(self) -> None:
        """Refuse to judge by half a list; what has to be put right goes before what may be tried again.

        Raises:
            Invalid: the access data do not say how to reach a cloud.
            Refused: a cloud does not accept the credentials, or the account lacks a right.
            TryLater: a cloud could not be listed; the sentence says which and why.
        """
        if not self.errors:
            return
        told = "; ".join(account.error for account in self.failed)
        sentence = f"{len(self.failed)} of {len(self.accounts)} clouds could not be listed: {told}"
        first = min(self.errors, key=lambda error: error.exit_code)
        kind = next((kind for kind in (Invalid, Refused) if isinstance(first, kind)), TryLater)
        raise kind(sentence, hint=first.hint)


def inventory(means: Means, ref: EnvironmentRef) -> Inventory:
    """List everything that the clouds of an environment hold, ours or not; half a list says so.

    Raises:
        Invalid: the environment is wrong, or access data do not name a cloud.
    """
    return take(means.clouds(means.ports.environments.load(ref).environment))


def take(clouds: Mapping[str, Cloud]) -> Inventory:
    """Ask all clouds side by side."""
    with ThreadPoolExecutor(max(1, len(clouds))) as pool:
        answers = list(pool.map(_listed, clouds.values()))
    resources = [resource for found in answers if not isinstance(found, CmpError) for resource in found]
    return Inventory(
        tuple(sorted(resources, key=lambda r: (r.cloud, r.kind, r.name, r.id))),
        tuple(_account(cloud, found) for cloud, found in zip(clouds, answers, strict=True)),
        tuple(found for found in answers if isinstance(found, CmpError)),
    )


def _listed(cloud: Cloud) -> tuple[Resource, ...] | CmpError:
    try:
        return cloud.list()
    except CmpError as error:
        return error


def _account(cloud: str, found: tuple[Resource, ...] | CmpError) -> Account:
    return (
        Account(cloud, ok=False, error=str(found)) if isinstance(found, CmpError) else Account(cloud, ok=True)
    )
