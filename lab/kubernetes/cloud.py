"""Ties the parts together: clusters that come up, go down, tell their state, reset, and have bad days."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any, ClassVar

from cmp.errors import Invalid, TryLater
from cmp.sentences import Sentence
from lab.base import ComponentState, Health, Report
from lab.folder import exclusive
from lab.kubernetes import fleet, seed, trouble
from lab.kubernetes.door import Door
from lab.kubernetes.layout import ACCOUNTS, STRANGER, LabLayout, Place
from lab.kubernetes.spec import ClusterSpec, ranges
from lab.processes import wait_until
from toolchain.control_plane import ensure

NOTE = "its programs are real; no container runs, and network policies are enforced by nobody"
_NODES_SECONDS = 120.0
_STRANGERS_RANGE = 55


class KubernetesLab:
    """Real control planes, one per Kubernetes cloud of the estate, on nodes that run no containers."""

    name: ClassVar[str] = "kubernetes"

    def __init__(self, folder: Path, ports: range, specs: tuple[ClusterSpec, ...], toolchain: Path) -> None:
        self._toolchain = toolchain
        self.layout = LabLayout(folder, tuple(spec.name for spec in specs), ports)
        stranger = ClusterSpec(STRANGER, STRANGER, ranges(_STRANGERS_RANGE))
        self._specs = {spec.name: spec for spec in (*specs, stranger)}

    def up(self, report: Report, cluster: str | None = None) -> None:
        """Build, create, start and seed whatever is missing; with `cluster`, start that one alone.

        Raises:
            TryLater: a port is taken, a build failed or a program did not start.
            Invalid: there is no such cluster.
        """
        names = self._chosen(cluster)
        with exclusive(self.layout.folder, report):
            places = [self.layout.place(name) for name in names]
            if not all(self._is_complete(place) for place in places):
                report(f"starting {', '.join(names)}")
                self._bring_up(places, report)
                said = "kubernetes is up"
            else:
                said = "kubernetes is up already"
            self._keep_access(places)
            self._serve_claims()
            report(f"{said}; clients use {self.layout.kubeconfig}")

    def down(self, report: Report, cluster: str | None = None) -> None:
        """Stop everything, or one cluster; data stays.

        Raises:
            Invalid: there is no such cluster.
        """
        names = self._chosen(cluster)
        with exclusive(self.layout.folder, report):
            if cluster is None:
                troubles = (self.layout.place(name).record(fleet.TROUBLE).stem for name in names)
                fleet.stop_side(self._run, fleet.CLAIMS, *troubles)
                names = (*names, STRANGER)
            self._each(fleet.stop_cluster, map(self.layout.place, names))
        report(f"kubernetes is down: {', '.join(self._chosen(cluster))}")

    def status(self) -> tuple[ComponentState, ...]:
        """Tell how each cluster is."""
        places = map(self.layout.place, self.layout.clusters)
        return tuple(
            ComponentState(
                f"kubernetes/{place.name}", self._state(place), {"kubernetes": place.url}, note=NOTE
            )
            for place in places
        )

    def reset(self, report: Report) -> None:
        """Put the golden copies back: the same clusters without anything that was made since.

        Raises:
            TryLater: a cluster did not start again.
        """
        with exclusive(self.layout.folder, report):
            places = [self.layout.place(name) for name in self.layout.clusters]
            made = [place for place in places if place.golden.exists()]
            running = [place for place in made if fleet.was_started(place)]
            self._each(fleet.stop_cluster, made)
            for place in made:
                if fleet.kept_ranges(place) == self._specs[place.name].ranges:
                    fleet.restore_golden(place)
                else:  # addresses were given out anew
                    fleet.forget(place)
                place.seeded.unlink(missing_ok=True)
                place.trouble.unlink(missing_ok=True)
                fleet.stop_side(self._run, place.record(fleet.TROUBLE).stem)
            report("kubernetes is back at its golden copies" if made else "kubernetes was never made")
            if running:
                self._bring_up(running, report)
                self._keep_access(running)

    # bad days

    def have_trouble(self, cluster: str, *troubles: trouble.Trouble) -> None:
        """Have a cluster's API in trouble from now on, for all who use our access files; none: it is well.

        Raises:
            TryLater: what plays the trouble does not start.
        """
        place = self.layout.place(self._chosen(cluster)[0])
        with exclusive(self.layout.folder, _silently):
            if troubles:
                trouble.write(place, troubles)
                fleet.start_trouble(place)
            else:
                place.trouble.unlink(missing_ok=True)
            self._write_access()
            if not troubles:
                fleet.stop_side(self._run, place.record(fleet.TROUBLE).stem)

    def silence(self, cluster: str) -> None:
        """Let all kubelets of a cluster fall silent: their nodes count as lost after some seconds."""
        fleet.fall_silent(self.layout.place(self._chosen(cluster)[0]))

    def speak(self, cluster: str) -> None:
        """Let the kubelets of a cluster go on."""
        fleet.listen_again(self.layout.place(self._chosen(cluster)[0]))

    def switch_node(self, cluster: str, node: str, *, on: bool) -> None:
        """Switch one node off, or on again: its kubelet is silent, and its pods are as they were."""
        seed.switch_node(Door(self.layout.place(self._chosen(cluster)[0])), node, on=on)

    def replace(self, cluster: str, report: Report) -> None:
        """Put another, empty cluster in one's place: the same address and authority, another identity."""
        place = self.layout.place(self._chosen(cluster)[0])
        with exclusive(self.layout.folder, report):
            fleet.stop_cluster(place)
            fleet.forget(place)
            self._bring_up([place], report)
            self._write_access()

    def stranger(self, report: Report) -> Place:
        """Start the cluster that is nobody's; its administrator's access file lies with its keys."""
        place = self.layout.place(STRANGER)
        with exclusive(self.layout.folder, report):
            self._bring_up([place], report)
        return place

    def audit(self, cluster: str) -> Iterator[dict[str, Any]]:
        """What a cluster wrote down of requests that were not its own, oldest first: its last 20 MiB."""
        log = (self.layout.place(cluster)).audit_log
        if log.exists():
            for line in log.read_text(encoding="utf-8").splitlines():
                yield json.loads(line)

    # steps

    def _bring_up(self, places: list[Place], report: Report) -> None:
        """Start clusters beside each other, and finish what an interrupted attempt began."""
        control = ensure(self._toolchain, report)
        for place in places:
            if fleet.kept_ranges(place) is None:  # half made: what it holds is worth nothing
                fleet.stop_cluster(place)
                fleet.forget(place)
            fleet.make(place, self._spec(place))
            fleet.start_store(place, self._spec(place), control)
        self._each(fleet.wait_for_store, places)
        for place in places:
            fleet.start_rest(place, self._spec(place), control)
        self._each(self._complete, places)

    def _spec(self, place: Place) -> ClusterSpec:
        """A cluster as it is asked for, with the addresses that it was made with."""
        spec = self._specs[place.name]
        return replace(spec, ranges=fleet.kept_ranges(place) or spec.ranges)

    def _complete(self, place: Place) -> None:
        """Seed a fresh cluster, wait for its nodes, then keep the golden copy: it says that all is done."""
        spec = self._spec(place)
        if not seed.is_seeded(place, spec):
            seed.seed(place, spec)
        if place.golden.exists():
            return
        seed.renew_tokens(place)
        door, wanted = Door(place), {node.name for node in spec.nodes}
        if not wait_until(lambda: seed.ready_nodes(door) >= wanted, _NODES_SECONDS, pause=0.3):
            missing = sorted(wanted - seed.ready_nodes(door))
            raise TryLater(
                Sentence(
                    "nodes of cluster {name} are not ready: {names}",
                    name=place.name,
                    names=", ".join(missing),
                )
            )
        fleet.save_golden(place)

    def _keep_access(self, places: Iterable[Place]) -> None:
        """Get new tokens before the old ones end, and write the access files."""
        limit = time() - seed.TOKEN_SECONDS / 2
        for place in places:
            token = place.token(ACCOUNTS[0])
            if not token.exists() or token.stat().st_mtime < limit:
                seed.renew_tokens(place)
        self._write_access()

    def _write_access(self) -> None:
        places = map(self.layout.place, self.layout.clusters)
        ports = {place.name: place.trouble_port for place in places if place.trouble.exists()}
        contexts = {name: self._specs[name].context for name in self.layout.clusters}
        seed.write_access(self.layout, contexts, ports)

    def _serve_claims(self) -> None:
        places = map(self.layout.place, self.layout.clusters)
        fleet.start_claims(self._run, self.layout.folder / "claims.log", places)

    def _each(self, do: Any, places: Iterable[Place]) -> None:
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(do, place) for place in places]:
                done.result()

    def _is_complete(self, place: Place) -> bool:
        seeded = seed.is_seeded(place, self._spec(place))
        return place.golden.exists() and seeded and fleet.runs(place)

    def _state(self, place: Place) -> Health:
        if not fleet.was_started(place):
            return Health.STOPPED
        return Health.RUNNING if fleet.runs(place) else Health.BROKEN

    def _chosen(self, cluster: str | None) -> tuple[str, ...]:
        if cluster is None:
            return self.layout.clusters
        if cluster not in self.layout.clusters:
            known = ", ".join(self.layout.clusters)
            raise Invalid(
                Sentence("the lab has no cluster {cluster}", cluster=cluster),
                hint=Sentence("it has: {known}", known=known),
            )
        return (cluster,)

    @property
    def _run(self) -> Path:
        return self.layout.folder / "run"


def _silently(_line: str) -> None:
    """For what is no command of a person."""
