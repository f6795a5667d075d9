"""Judges whether a cloud may hold a component: zone, protection level, ownership, residency of data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cmp.model.estate import Ownership
from cmp.model.workload import DataClass
from policies.rules.values import Standpoint, Tenant

HOME_COUNTRY = "CN"

OWNERS: Mapping[DataClass, frozenset[Ownership]] = {
    DataClass.CORE: frozenset({Ownership.GOVERNMENT}),
    DataClass.IMPORTANT: frozenset({Ownership.GOVERNMENT}),
    DataClass.PERSONAL_SENSITIVE: frozenset({Ownership.GOVERNMENT}),
    DataClass.PERSONAL: frozenset({Ownership.GOVERNMENT, Ownership.LEASED}),
    DataClass.INTERNAL: frozenset({Ownership.GOVERNMENT, Ownership.LEASED}),
    DataClass.PUBLIC: frozenset(Ownership),
}
"""Who may own a cloud that holds a class of data; the strictest classes come first."""

BOUND_TO_THE_COUNTRY = frozenset({DataClass.CORE, DataClass.IMPORTANT, DataClass.PERSONAL_SENSITIVE})
"""Classes of data that stay in the home country."""


def zone_is_served(tenant: Tenant, site: Standpoint) -> Iterator[str]:
    """A component runs only where its zone of the extranet is served."""
    if tenant.zone not in site.zones:
        yield f"{tenant.name} runs in zone {tenant.zone}, which {site.name} does not serve"


def level_is_reached(tenant: Tenant, site: Standpoint) -> Iterator[str]:
    """A cloud carries no system above the protection level that it is certified for."""
    if site.level < tenant.level:
        yield f"{tenant.name} has protection level {tenant.level}, {site.name} only {site.level}"


def owner_may_hold_data(tenant: Tenant, site: Standpoint) -> Iterator[str]:
    """Sensitive, important and core data lie on government clouds; internal, personal also on leased."""
    for data_class, owners in OWNERS.items():
        if data_class in tenant.data_classes and site.ownership not in owners:
            allowed = " or ".join(owner for owner in Ownership if owner in owners)
            yield (
                f"{tenant.name} holds {data_class} data, which only {allowed} clouds may hold: "
                f"{site.name} is {site.ownership}"
            )


def data_stays_in_country(tenant: Tenant, site: Standpoint) -> Iterator[str]:
    """Sensitive, important and core data stay in the country, copies too."""
    bound = tenant.data_classes & BOUND_TO_THE_COUNTRY
    if bound and site.country != HOME_COUNTRY:
        yield (
            f"{tenant.name} holds {' and '.join(sorted(bound))} data, which stays in {HOME_COUNTRY}: "
            f"{site.name} stands in {site.country}"
        )
