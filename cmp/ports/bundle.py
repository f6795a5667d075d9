"""Bundles the ports that a use case works with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from cmp.ports.addresses import AddressStore
from cmp.ports.audit import Audit
from cmp.ports.clusters import ClusterIdentities
from cmp.ports.consents import Consents
from cmp.ports.environments import Environments
from cmp.ports.journals import Journals
from cmp.ports.keys import Keys
from cmp.ports.leases import Leases
from cmp.ports.migrations import Migrations
from cmp.ports.plans import AppliedPlans, Plans
from cmp.ports.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything that is kept between two calls, whoever keeps it; built by `cmp.wiring`."""

    environments: Environments
    plans: Plans
    applied: AppliedPlans
    journals: Journals
    migrations: Migrations
    addresses: AddressStore
    keys: Keys
    leases: Leases
    clusters: ClusterIdentities
    consents: Consents
    audit: Audit
    secrets: Secrets
    together: Callable[[], AbstractContextManager[None]] = nullcontext
    """Within it all that is read and written of a shared state is one transaction; addresses are apart."""
