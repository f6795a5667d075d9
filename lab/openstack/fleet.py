"""Starts and stops an OpenStack lab's processes: keystone, a parent per service, a child per region."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from cmp.errors import TryLater
from cmp.sentences import Sentence
from lab.openstack.layout import SHARED, LabLayout
from lab.ports import answers, claim
from lab.processes import Process, environment, recorded, spawn, stop, wait_until

PARENTS = ("nova", "neutron", "glance")
_SERVICES_CODE = Path(__file__).parent / "services"
_ANSWER_SECONDS = 300.0


class Fleet:
    """The processes of one lab, known by the records in its folder."""

    def __init__(self, layout: LabLayout, venv: Path) -> None:
        self._layout = layout
        self._venv = venv

    def start(self, regions: Collection[str]) -> None:
        """Start what is missing so that keystone and the given regions run, besides those that run already.

        Raises:
            TryLater: a port is taken, or a service ended or did not answer in time.
        """
        wanted = {*self.wanted(), *regions}
        self._claim_ports(wanted)
        self._want(wanted)
        self._forget_dead()
        if not self._running("keystone"):
            self._spawn("keystone")
        for service in PARENTS:
            if parent := self._running(service):
                os.kill(parent.pid, signal.SIGHUP)
            else:
                self._spawn(service)

    def wait(self, regions: Iterable[str]) -> None:
        """Wait until every API of keystone and the regions answers.

        Raises:
            TryLater: a service ended or did not answer in time; the sentence names its log.
        """
        self.wait_for_keystone()
        for region in regions:
            for service, port in self._layout.region_ports(region).items():
                self._wait_for(port, _process(service), region)

    def wait_for_keystone(self) -> None:
        """Wait until identity answers.

        Raises:
            TryLater: keystone ended or did not answer in time; the sentence names its log.
        """
        self._wait_for(self._layout.keystone_port, "keystone", SHARED)

    def announce(self) -> None:
        """Tell the services that keystone knows them: until then they wait, for they end when it does not."""
        (self._layout.region(SHARED) / "registered").touch()

    def stop(self, region: str | None = None) -> None:
        """Stop one region, or everything; what does not run is no error."""
        if region is None:
            self._want(())
            stop(self.processes())
            for record in self._layout.run.glob("*.json"):
                record.unlink(missing_ok=True)
            return
        self._want(name for name in self.wanted() if name != region)
        stop(process for process in self.processes() if process.name.partition(".")[2] == region)
        for service in PARENTS:
            self._record(f"{service}.{region}").unlink(missing_ok=True)

    def processes(self) -> tuple[Process, ...]:
        """Every process on record, living or not."""
        return recorded(self._layout.run)

    def wanted(self) -> tuple[str, ...]:
        """The regions that were started and not stopped since."""
        path = self._layout.run / "wanted"
        return tuple(path.read_text().split()) if path.exists() else ()

    def is_running(self, region: str) -> bool:
        """True when every process of the region, or of what all share, lives."""
        names = ["keystone", *PARENTS] if region == SHARED else [f"{service}.{region}" for service in PARENTS]
        return all(self._running(name) for name in names)

    def set_up(self, service: str, region: str, secrets: Mapping[str, str] = MappingProxyType({})) -> None:
        """Make the databases of one service, or what the first administrator needs (`identity`).

        Raises:
            TryLater: it failed; the sentence names the log.
        """
        log = self._layout.region(region) / "log" / f"setup-{service}.out"
        command = [*self._command, "setup", service, region]
        with log.open("ab") as out:
            done = subprocess.run(command, env=self._env | dict(secrets), stdout=out, stderr=out, check=False)
        if done.returncode:
            raise TryLater(
                Sentence("the databases of {service} could not be made", service=service),
                hint=Sentence("read {log}", log=log),
            )

    @property
    def _command(self) -> list[str]:
        return [str(self._venv / "bin" / "python"), "-P", "-m", "labhost"]

    @property
    def _env(self) -> dict[str, str]:
        folder = str(self._layout.folder)
        return environment() | {
            "LAB_FOLDER": folder,
            "PYTHONPATH": str(_SERVICES_CODE),
            "HOME": folder,
            "XDG_CACHE_HOME": f"{folder}/cache",
            "OS_NOVA_DISABLE_EVENTLET_PATCHING": "1",
        }

    def _spawn(self, service: str) -> None:
        log = self._log(service, SHARED)
        spawn([*self._command, "run", service], self._env, log, self._record(service))

    def _record(self, name: str) -> Path:
        return self._layout.run / f"{name}.json"

    def _running(self, name: str) -> Process | None:
        return next((found for found in self.processes() if found.name == name and found.is_running), None)

    def _want(self, regions: Iterable[str]) -> None:
        names = set(regions)
        order = [name for name in self._layout.regions if name in names]
        self._layout.run.mkdir(parents=True, exist_ok=True)
        (self._layout.run / "wanted").write_text("\n".join(order))

    def _claim_ports(self, regions: Iterable[str]) -> None:
        """Check the ports of whatever is about to start."""
        if not self._running("keystone"):
            claim([self._layout.keystone_port], "keystone")
        for region in regions:
            for service, port in self._layout.region_ports(region).items():
                if not self._running(f"{_process(service)}.{region}"):
                    claim([port], f"{service} of region {region}")

    def _forget_dead(self) -> None:
        """Remove the records of what has ended, so that a record always means: this was started last."""
        for process in self.processes():
            if not process.is_running:
                self._record(process.name).unlink(missing_ok=True)

    def _wait_for(self, port: int, service: str, region: str) -> None:
        names = {service} if region == SHARED else {service, f"{service}.{region}"}

        def ended() -> bool:
            return any(found.name in names and not found.is_running for found in self.processes())

        if not wait_until(lambda: ended() or answers(port), _ANSWER_SECONDS, pause=0.1):
            raise TryLater(
                Sentence(
                    "{service} of {region} does not answer on port {port} after {ANSWER_SECONDS} s",
                    service=service,
                    region=region,
                    port=port,
                    ANSWER_SECONDS=f"{_ANSWER_SECONDS:.0f}",
                ),
                hint=Sentence("read {log}", log=self._log(service, region)),
            )
        if ended():
            home = region if self._running(service) else SHARED
            raise TryLater(
                Sentence("{service} of {region} ended while it was starting", service=service, region=region),
                hint=Sentence("read {log}", log=self._log(service, home)),
            )

    def _log(self, service: str, region: str) -> Path:
        return self._layout.region(region) / "log" / f"{service}.out"


def _process(service: str) -> str:
    """Name the process that serves a service: nova's also serves placement."""
    return "nova" if service == "placement" else service
