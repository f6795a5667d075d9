"""Gathers the documents of an environment: each found, read, joined, validated, its tree kept for places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from cmp.loaders.hints import did_you_mean
from cmp.loaders.layering import SUFFIX, Layer, find
from cmp.loaders.merging import keep, merge
from cmp.loaders.reading import Reader
from cmp.loaders.validating import validate
from cmp.model.base import Document
from cmp.model.codes import Code
from cmp.model.environment import Calendars, Header, Workloads
from cmp.model.estate import Estate
from cmp.model.network import HostList, Network, PrivateNetwork
from cmp.model.policy import Calendar, Policy
from cmp.model.workload import Workload
from cmp.ports.tree import Node, locate

D = TypeVar("D", bound=Document)

REQUIRED: Final = ("estate", "network", "workloads", "policy")


@dataclass(frozen=True, slots=True)
class Documents:
    """What an environment says; None where a document is missing or wrong.

    `every` holds all workloads of the file, `workloads` those that are selected; `trees` has a tree per
    document, the one of workloads cut to the selected ones, so that indices agree. `hosts` has a list per
    private network. `hidden` says in a sentence which document hides one of an extended environment.
    """

    header: Header | None
    estate: Estate | None
    network: Network | None
    every: tuple[Workload, ...]
    workloads: tuple[Workload, ...] | None
    policy: Policy | None
    calendars: tuple[Calendar, ...] | None
    hosts: Mapping[str, HostList]
    trees: Mapping[str, Node]
    hidden: Mapping[str, str]


def read_documents(layers: Sequence[Layer], reader: Reader) -> Documents:
    """Read every document of the environment; problems go to the reader."""
    shelf = _Shelf(layers, reader)
    if layers[0].node is not None:
        shelf.trees["environment"] = layers[0].node
    network = shelf.read(Network, "network")
    found = shelf.read(Workloads, "workloads")
    calendars = shelf.read(Calendars, "calendars")
    return Documents(
        header=layers[0].header,
        estate=shelf.read(Estate, "estate"),
        network=network,
        every=found.workloads if found else (),
        workloads=shelf.selected(found) if found else None,
        policy=shelf.read(Policy, "policy"),
        calendars=calendars.calendars if calendars else None if "calendars" in shelf.trees else (),
        hosts=shelf.host_lists(network) if network else {},
        trees=shelf.trees,
        hidden=shelf.hidden,
    )


class _Shelf:
    """The documents read so far: their trees, and the number of the layer each came from."""

    def __init__(self, layers: Sequence[Layer], reader: Reader) -> None:
        self.trees: dict[str, Node] = {}
        self.hidden: dict[str, str] = {}
        self._layers = layers
        self._reader = reader
        self._origin: dict[str, int] = {}

    def read(self, model: type[D], name: str) -> D | None:
        """Read one document; None where it is missing or wrong."""
        where = find(self._layers, name, self._reader)
        if where is None:
            self._miss(name)
            return None
        self._origin[name], files = where
        self._look_below(name, where[0])
        nodes = [self._reader.document(file) for file in files]
        if not nodes:
            place = self._layers[where[0]].file(name).top
            message = f"the folder holds no {SUFFIX} file"
            self._reader.problems.append(place.problem(Code.EMPTY_FILE, message))
        there = [node for node in nodes if node is not None]
        if not there:
            return None
        self.trees[name], problems = merge(there)
        document, objections = validate(model, self.trees[name])
        self._reader.add(*problems, *objections)
        return document if len(there) == len(nodes) else None

    def _look_below(self, name: str, number: int) -> None:
        """Say where an extended environment has the same document: nothing of it is read."""
        here, *below = (self._place(layer, name) for layer in self._layers[number:])
        if under := next(filter(None, below), ""):
            self.hidden[name] = f"`{here}` hides `{under}`, of which nothing is read"

    @staticmethod
    def _place(layer: Layer, name: str) -> str:
        """The document's file or folder in a layer; empty where it has none."""
        there = next((each for each in (f"{name}{SUFFIX}", name) if each in layer.names()), "")
        return layer.file(there).name if there else ""

    def _miss(self, name: str) -> None:
        """An environment without a workloads file does not mean one without workloads."""
        if name not in REQUIRED:
            return
        file = self._layers[0].file(f"{name}{SUFFIX}")
        hint = did_you_mean(
            file.path.name, (there for there in self._layers[0].names() if there[:1] == name[:1])
        )
        message = f"an environment needs `{file.path.name}`"
        self._reader.problems.append(file.top.problem(Code.MISSING_FILE, message, hint))

    def selected(self, found: Workloads) -> tuple[Workload, ...]:
        """The workloads that every selection keeps, from the layer they come from upwards."""
        kept = list(range(len(found.workloads)))
        for layer in self._layers[: self._origin["workloads"] + 1]:
            if layer.header is not None and layer.header.select is not None:
                wanted = set(layer.header.select.workloads)
                kept = [index for index in kept if found.workloads[index].id in wanted]
        self.trees["workloads"] = keep(self.trees["workloads"], "workloads", kept)
        return tuple(found.workloads[index] for index in kept)

    def host_lists(self, network: Network) -> Mapping[str, HostList]:
        """The host list of every private network, by the network's id; its tree is kept as `hosts/<id>`."""
        lists: dict[str, HostList] = {}
        for index, private in enumerate(network.private_networks):
            layer = next((layer for layer in self._layers if private.hosts in layer.names()), None)
            if layer is None:
                place = locate(self.trees["network"], ("private_networks", index, "hosts"))
                message = f"there is no file `{private.hosts}`"
                hint = did_you_mean(private.hosts, self._layers[0].names())
                self._reader.problems.append(place.problem(Code.MISSING_FILE, message, hint))
            elif objection := self._reader.outside(layer.file(private.hosts)):
                place = locate(self.trees["network"], ("private_networks", index, "hosts"))
                self._reader.problems.append(place.problem(Code.OUTSIDE, *objection))
            elif hosts := self._host_list(private, layer):
                lists[private.id] = hosts
        return lists

    def _host_list(self, private: PrivateNetwork, layer: Layer) -> HostList | None:
        node = self._reader.document(layer.file(private.hosts))
        if node is None:
            return None
        self.trees.setdefault(f"hosts/{private.id}", node)
        hosts, problems = validate(HostList, node)
        self._reader.add(*problems)
        return hosts
