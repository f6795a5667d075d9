"""Ties the parts together: an OpenStack lab that comes up, goes down, tells its state and resets."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

from cmp.errors import Invalid
from cmp.sentences import Sentence
from lab.base import ComponentState, Health, Report
from lab.folder import exclusive
from lab.openstack import config, databases, install
from lab.openstack.fleet import Fleet
from lab.openstack.layout import SHARED, LabLayout
from lab.openstack.passwords import Passwords, passwords
from lab.openstack.prepared import EmptyDatabases, usual
from lab.openstack.spec import RegionSpec


class OpenStackLab:
    """Real control planes, a region per OpenStack cloud of the estate, on hosts that run no guests."""

    name: ClassVar[str] = "openstack"

    def __init__(
        self,
        folder: Path,
        ports: range,
        specs: tuple[RegionSpec, ...],
        toolchain: Path,
        prepared: EmptyDatabases | None = None,
    ) -> None:
        self._specs = specs
        self._toolchain = toolchain
        self._prepared = prepared or usual(os.environ)
        self.layout = LabLayout(folder, tuple(spec.name for spec in specs), ports)

    def up(self, report: Report, region: str | None = None) -> None:
        """Install, create, start and seed whatever is missing; with `region`, start that one alone.

        Raises:
            TryLater: a port is taken, a download failed or a service did not start.
            Invalid: there is no such region.
        """
        regions = self._chosen(region)
        with exclusive(self.layout.folder, report):
            if self._is_up(regions):
                self._fleet.wait(regions)
                report(f"openstack is up already: {', '.join(regions)}")
                return
            install.install(self._toolchain, report)
            if self.layout.golden.exists():
                self._start(regions, report)
            else:
                self._create(report)

    def down(self, report: Report, region: str | None = None) -> None:
        """Stop everything, or one region; data stays.

        Raises:
            Invalid: there is no such region.
        """
        regions = self._chosen(region)
        with exclusive(self.layout.folder, report):
            self._fleet.stop(region)
        report(f"openstack is down: {', '.join(regions)}")

    def status(self) -> tuple[ComponentState, ...]:
        """Tell how keystone and each region are."""
        shared = ComponentState(
            "openstack/keystone", self._state(SHARED), {"identity": self.layout.keystone_url}
        )
        return shared, *(
            ComponentState(f"openstack/{name}", self._state(name), self.layout.endpoints(name))
            for name in self.layout.regions
        )

    def reset(self, report: Report) -> None:
        """Put the golden copy back: the seeded cloud without anything that was made since.

        Raises:
            TryLater: a service did not start again.
        """
        with exclusive(self.layout.folder, report):
            if not self.layout.golden.exists():
                report("openstack was never made: nothing to reset")
                return
            running = self._fleet.wanted()
            self._fleet.stop()
            databases.restore_golden(self.layout)
            report("openstack is back at its golden copy")
            if running:
                self._start(running, report)

    def _create(self, report: Report) -> None:
        """Make a lab from nothing, or from what an interrupted attempt left, which is worth nothing."""
        from lab.openstack import catalog, seed  # noqa: PLC0415 - the client library is slow to import

        fleet = self._fleet
        fleet.stop()
        for name in (SHARED, *self.layout.regions):
            shutil.rmtree(self.layout.region(name), ignore_errors=True)
        secrets = self._passwords()
        self._configure(secrets)
        databases.make(self.layout, fleet, self._prepared, report)
        databases.point_cells(self.layout)
        fleet.set_up("identity", SHARED, {"OS_BOOTSTRAP_PASSWORD": secrets.admin})
        fleet.start(self.layout.regions)
        report(f"starting {', '.join(self.layout.regions)}")
        fleet.wait_for_keystone()
        catalog.register(self.layout, secrets)
        fleet.announce()
        fleet.wait(self.layout.regions)
        report("seeding zones, images and the outer network")
        with ThreadPoolExecutor(len(self._specs)) as pool:
            for done in [pool.submit(seed.seed, self.layout, spec, secrets) for spec in self._specs]:
                done.result()
        databases.save_golden(self.layout)
        report(f"openstack is up; clients use {self.layout.clouds_yaml}")

    def _start(self, regions: tuple[str, ...], report: Report) -> None:
        fleet = self._fleet
        self._configure(self._passwords())
        databases.point_cells(self.layout)
        fleet.announce()
        fleet.start(regions)
        report(f"starting {', '.join(regions)}")
        fleet.wait(regions)
        report(f"openstack is up; clients use {self.layout.clouds_yaml}")

    def _configure(self, secrets: Passwords) -> None:
        config.write(self.layout, self._specs, secrets, install.place(self._toolchain))

    def _is_up(self, regions: tuple[str, ...]) -> bool:
        return all(self._fleet.is_running(name) for name in (SHARED, *regions))

    def _state(self, name: str) -> Health:
        wanted = self._fleet.wanted()
        if not wanted or (name != SHARED and name not in wanted):
            return Health.STOPPED
        return Health.RUNNING if self._fleet.is_running(name) else Health.BROKEN

    def _chosen(self, region: str | None) -> tuple[str, ...]:
        if region is None:
            return self.layout.regions
        if region not in self.layout.regions:
            known = ", ".join(self.layout.regions)
            raise Invalid(
                Sentence("the lab has no region {region}", region=region),
                hint=Sentence("it has: {known}", known=known),
            )
        return (region,)

    def _passwords(self) -> Passwords:
        self.layout.folder.mkdir(parents=True, exist_ok=True)
        return passwords(self.layout.folder / "passwords.json")

    @property
    def _fleet(self) -> Fleet:
        return Fleet(self.layout, install.place(self._toolchain))
