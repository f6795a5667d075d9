"""Moves servers between hosts without a guest: what upstream's fake driver leaves out of live migration.

Nova's API, conductor, scheduler and compute managers do all of it as they would anywhere; the hypervisor
only checks that both hosts have one chip, takes the time that copying the memory takes, can be told to stop,
and forgets the server where it was.
"""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from nova import exception

FAILS = "lab:migration"
"""A server's metadata key: with the value `fails` its memory is copied to the half, then the copy breaks."""

_MIB_PER_SECOND = 16 * 1024
_SHORTEST = 0.4
_LOOKS = 10
_MIB = 1024 * 1024


class Migrating:
    """The hypervisor's part of live migration; mixed into the lab's driver."""

    spec: dict[str, Any]
    hosts: ClassVar[dict[str, dict[str, Any]]]

    def check_can_live_migrate_destination(
        self, context: Any, instance: Any, source: Any, target: Any, *options: Any, **more: Any
    ) -> Any:
        """Refuse a host of another chip: a running guest cannot change its CPU."""
        there = self.hosts[source["host"]]
        for fact in ("architecture", "traits"):
            if there[fact] != self.spec[fact]:
                raise exception.MigrationPreCheckError(
                    reason=f"the CPU of {target['host']} is not that of {source['host']}"
                )
        parent: Any = super()
        return parent.check_can_live_migrate_destination(context, instance, source, target, *options, **more)

    def live_migration(self, context: Any, instance: Any, dest: str, *rest: Any) -> None:
        """Take the time of copying the memory, telling how far it is, then hand over or take back."""
        post_method, recover_method, block_migration, migrate_data = rest
        copying = _copies[instance.uuid] = _Copy()
        try:
            status = copying.run(instance, migrate_data.migration)
        finally:
            del _copies[instance.uuid]
        if status == "completed":
            post_method(context, instance, dest, block_migration, migrate_data)
        else:
            recover_method(context, instance, dest, migrate_data, migration_status=status)

    def live_migration_force_complete(self, instance: Any) -> None:
        """Copy the rest at once."""
        if instance.uuid in _copies:
            _copies[instance.uuid].end("completed")

    def live_migration_abort(self, instance: Any) -> None:
        """Leave the server where it is."""
        if instance.uuid in _copies:
            _copies[instance.uuid].end("cancelled")

    def post_live_migration(self, context: Any, instance: Any, block_device_info: Any, *_data: Any) -> None:
        """Forget the server where it was: the fake driver would keep accounting for it on both hosts."""
        driver: Any = self
        driver.destroy(context, instance, network_info=None, block_device_info=block_device_info)


class _Copy:
    """A memory that is being copied."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._status = ""

    def end(self, status: str) -> None:
        """Stop with this status."""
        self._status = status
        self._told.set()

    def run(self, instance: Any, migration: Any) -> str:
        """Copy, and say how it ended in the words of nova's migrations."""
        total = instance.flavor.memory_mb
        seconds = max(_SHORTEST, total / _MIB_PER_SECOND)
        migration.memory_total = total * _MIB
        for look in range(1, _LOOKS + 1):
            if self._told.wait(seconds / _LOOKS):
                return self._status
            migration.memory_processed = total * _MIB * look // _LOOKS
            migration.memory_remaining = migration.memory_total - migration.memory_processed
            migration.save()
            if look * 2 > _LOOKS and instance.metadata.get(FAILS) == "fails":
                return "error"
        return "completed"


_copies: dict[str, _Copy] = {}
