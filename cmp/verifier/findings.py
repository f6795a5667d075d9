"""Defines what the verifier says: findings with stable codes, each code with its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CODES: Mapping[str, str] = {
    # the document
    "schema": "the Plan's schema version is not one this verifier reads",
    "hash": "the Plan's hash is not that of its content",
    "environment": "the environment in the Plan names something twice, or something that is not there",
    "promise": "a workload depends hard on one whose grade promises less",
    "objective": "the objective or its bound does not add up",
    "power": "the watts that the objective states are not those of the hosts that have to be on",
    # rows against the estate
    "row-unknown": "a row names a workload, component, variant or pool that is not there",
    "row-duplicate": "two rows have the same workload, component, role and pool",
    "row-estate": "a row's cloud, center, chip or instruction set is not its pool's",
    "row-image": "a row's image is not that of its variant and instruction set",
    "row-size": "a row's size is not what sizing gives on this chip",
    "row-counts": "a row's counts are impossible for its role",
    # coverage
    "missing": "a component is neither placed nor listed as unplaced",
    "placed-and-unplaced": "a component is both placed and listed as unplaced",
    "unplaced-unknown": "an unplaced entry names a component or pool that is not there",
    "unplaced-unexplained": "an unplaced entry does not give a reason for every pool",
    "side-missing": "a side that the grade asks for has no row",
    "side-unexpected": "a row has a role that the component's grade does not ask for",
    # sides
    "side-center": "one side stands in several centers",
    "side-place": "a side does not stand where the grade puts it",
    "side-unlinked": "a side stands in a center that has no link with its home",
    "side-link": "a side that asks for a synchronous link has none to its home",
    "group-center": "components that share their centers stand in different ones",
    # hard constraints of a row
    "isa": "there is no image for the pool's instruction set",
    "cloud-kind": "the cloud does not carry what the component runs as",
    "zone": "the cloud does not serve the component's zone",
    "protection-level": "the cloud's protection level is below the workload's",
    "ownership": "the data class forbids the cloud's ownership",
    "residency": "the data class forbids the location's country",
    "require": "the component requires another center, cloud, pool or ownership",
    "dedicated": "a row stands on a pool that is dedicated to other owners",
    "drained": "a row lies on a pool that is drained, in part or with its center",
    "accelerator": "a host has too few of an accelerator for one replica",
    "host-size": "one replica is larger than an empty host",
    "spread": "more replicas share a pool or center than `spread` allows",
    # beside each other
    "data-form": "sides between which data are copied byte by byte differ in chip, pages or collation",
    "near": "a component stands where the one it is to be near has no such side",
    "apart": "two components that keep apart run in one pool, cloud or center in normal time",
    "apart-after": "two components that keep apart run in one pool, cloud or center after a failure",
    "at-most": "more replicas of a component stand on a pool than `at_most` allows",
    # sizing
    "work": "a side delivers less work than the component needs",
    "surplus": "a side has a replica that could be left out",
    "min-replicas": "a side has fewer replicas than `min_replicas`",
    "replica-count": "a side that does not scale horizontally has another number of replicas than asked",
    "running": "another number of replicas runs in normal time than the role asks for",
    # quorum
    "quorum-members": "the members placed are not as many as the quorum has",
    "quorum-per-center": "a center holds more members than the quorum allows",
    "quorum-unlinked": "members of a quorum stand in centers that have no link with each other",
    "quorum-alive": "after a promised failure too few members are alive",
    "quorum-outside": "all members lie in the two active centers",
    # distance and links
    "fact-expired": "a row or link rests on a figure that has expired where only fresh ones may serve",
    "rtt": "two components that talk are too far apart, or not linked, in normal time",
    "rtt-after": "two components that talk are too far apart, or not linked, after a promised failure",
    "link": "a link carries more replication in normal time than its share",
    "link-after": "a link carries more replication after a failure than its share",
    # survival
    "takeover-none": "no center can take over a group that a promised failure hits",
    "takeover": "a takeover is listed wrongly, or not at all",
    "rto-after": "a workload is back after a promised failure later than its RTO",
    "rpo-after": "a workload loses more of its changes in a promised failure than its RPO",
    # giving way
    "yield-row": "a row that gives way is not there, listed twice, or left with no less than it runs",
    "yield-forbidden": "a row gives way that never does: it is not declared to, a copy or a member",
    "yield-floor": "a row that gives way keeps another number of replicas than it must",
    "yield-needless": "a row gives way on a pool where nothing takes over",
    "yield-order": "a row keeps more than it must while one that comes after it gives way",
    # capacity
    "capacity": "a pool is oversold in normal time",
    "capacity-after": "a pool is oversold after a failure",
    "quota": "an owner claims more than its quota in normal time",
    "quota-after": "an owner claims more than its quota after a failure",
    "reservation": "a reservation is not what the failure needs",
    # packing witness
    "witness-row": "a packing names a pool, failure or row that is not there, or the same one twice",
    "witness-host": "a packing uses a spare host, one that is not there, or one twice",
    "witness-count": "a packing does not hold exactly the replicas it must",
    "witness-capacity": "a packing oversells a host",
    "witness-stopped": "a packing stops other replicas than those that give way",
    "witness-spread": "a packing puts too many replicas of a row on one host",
    "witness-at-most": "a packing puts more replicas of a row on one host than `at_most` allows",
    "witness-apart": "a packing puts two components on one host that keep apart",
    "witness-owner": "a packing puts two owners on one host of which one has hosts of its own",
    "witness-cards": "a packing cuts cards of one host in two ways, or leaves some of them whole",
    "witness-moves": "a server that is to move first has no row there, or no replica packed on its new host",
    "witness-order": "a packing claims wrongly whether any order would do",
    # network
    "network-missing": "a row has no network in its zone, or that all zones of its cluster share",
    "network-unknown": "a network names a cloud, center or zone that do not belong together",
    "network-range": "a network lies outside its allocation or the address plan",
    "network-overlap": "two networks overlap, or one is listed twice",
    "zones-mixed": "a cluster runs an isolated zone beside another, which the environment's policy forbids",
    "rules-missing": "a row has no security group, or a declared flow no rule in one family",
    "rules-undeclared": "a security group or rule belongs to nothing declared",
    # after a loss
    "after-document": "a Plan for the time after a loss does not follow from the Plan and the loss it names",
    "after-environment": "its environment is not the one before with what was lost drained",
    "after-list": "its list of rows does not say what became of every row",
    "after-row": "a row that survived is gone, changed or new, and nothing that was lost is the reason",
    "after-takeover": "a workload does not run on the side that takes over",
    "after-data": "a workload is started anew where no copy of its data is left",
    "after-yield": "a component gives way that may not, or further than it may, or where nobody needs it",
    "after-spent": "a promise is given up that the loss did not consume",
}
"""Every code with its meaning; a code is never reused for something else."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong with a Plan: of what kind, about what, and a sentence with the numbers."""

    code: str
    subject: str
    sentence: str

    def __post_init__(self) -> None:
        """Refuse a code that is not in the list."""
        if self.code not in CODES:
            raise ValueError(f"`{self.code}` is no code of the verifier")

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.code}: {self.subject}: {self.sentence}"
