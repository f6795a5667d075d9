"""Keeps what the engine's plugins import ready beside it, for as long as it works on several stacks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from cmp.model.estate import CloudKind
from stacks.engine.workplace import Workplace
from toolchain.nursery.opening import open_nursery

PROVIDER, POLICIES = "stacks.provider.main", "pulumi.policy"
"""What the engine's plugins run."""

PACK = "policies.adapters.pulumi"
DRIVERS: Mapping[CloudKind, str] = {
    CloudKind.OPENSTACK: "cmp.clouds.openstack.cloud",
    CloudKind.AWS: "cmp.clouds.aws.cloud",
}
"""What they import once they know what they work on; what other kinds need is the official provider's."""


@contextmanager
def ready(place: Workplace, kinds: Iterable[CloudKind]) -> Iterator[Workplace]:
    """The same workplace with a nursery for plugins of these kinds of cloud, as long as the block runs.

    Raises:
        NotOurs: somebody else may have put the passphrase there.
        TryLater: the state folder cannot be written.
    """
    imported = [PACK, *sorted(DRIVERS[kind] for kind in set(kinds) if kind in DRIVERS)]
    around = {**os.environ, **place.variables()}
    with open_nursery((PROVIDER, POLICIES), imported, around) as nursery:
        yield replace(place, nursery=nursery)
