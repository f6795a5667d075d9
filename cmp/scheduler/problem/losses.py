"""Says what a failure takes: pools with all that stands on them, or all that needs one accelerator."""

from __future__ import annotations

from dataclasses import dataclass

from cmp.errors import Invalid
from cmp.model.estate import Estate, Pool
from cmp.model.recovery import PROMISABLE, Failure, FailureKind
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Loss:
    """What one failure takes; `centers` are those that are lost as a whole."""

    failure: Failure
    pools: frozenset[str]
    centers: frozenset[str] = frozenset()
    accelerators: frozenset[str] = frozenset()

    @property
    def promised(self) -> bool:
        """True when some grade may promise to survive it; what-ifs never are."""
        return self.failure.kind in PROMISABLE


def loss_of(estate: Estate, failure: Failure) -> Loss:
    """What a failure takes from an estate. Hosts and links take no pool.

    Raises:
        Invalid: the estate has nothing of that kind and name.
    """
    name = failure.id
    match failure.kind:
        case FailureKind.CENTER | FailureKind.LOCATION:
            centers = frozenset(
                center.id
                for center in estate.centers
                if name == (center.id if failure.kind is FailureKind.CENTER else center.location)
            )
            pools = frozenset(pool.id for pool in estate.pools if estate.center_of(pool).id in centers)
            return _known(estate, Loss(failure, pools, centers), bool(centers))
        case FailureKind.CLOUD:
            pools = frozenset(pool.id for pool in estate.pools if pool.cloud == name)
            return _known(estate, Loss(failure, pools), name in estate.cloud)
        case FailureKind.CHIP | FailureKind.VENDOR:
            return _chip_loss(estate, failure)
        case FailureKind.HOST:
            return _known(estate, Loss(failure, frozenset()), _pool_of_host(estate, name) is not None)
        case FailureKind.LINK:
            return _known(estate, Loss(failure, frozenset()), link_ends(estate, name) is not None)


def link_ends(estate: Estate, name: str) -> tuple[str, str] | None:
    """The centers that `bj-a/bj-b` names, if a link connects them."""
    one, _, other = name.partition("/")
    return (one, other) if estate.link(one, other) else None


def host_of(estate: Estate, name: str) -> tuple[Pool, int | None]:
    """The pool and, where given, the number of the host that `bj-a-hygon` or `bj-a-hygon/2` names.

    Raises:
        Invalid: there is no such host.
    """
    found = _pool_of_host(estate, name)
    if found is None:
        raise Invalid(Sentence("host:{name} names no host: write host:POOL or host:POOL/NUMBER", name=name))
    return found


def _pool_of_host(estate: Estate, name: str) -> tuple[Pool, int | None] | None:
    pool_id, slash, number = name.partition("/")
    pool = estate.pool.get(pool_id)
    if pool is None or (slash and not number.isdecimal()):
        return None
    if not slash:
        return pool, None
    return (pool, int(number)) if 1 <= int(number) <= pool.hosts else None


def _chip_loss(estate: Estate, failure: Failure) -> Loss:
    """The loss of a chip, or of every chip of a vendor, as host CPU or as accelerator."""
    chips = {
        chip.id
        for chip in estate.chips
        if failure.id == (chip.id if failure.kind is FailureKind.CHIP else chip.vendor)
    }
    pools = frozenset(pool.id for pool in estate.pools if pool.chip in chips)
    return _known(estate, Loss(failure, pools, accelerators=frozenset(chips)), bool(chips))


def _known(estate: Estate, loss: Loss, found: bool) -> Loss:
    if found:
        return loss
    kind = loss.failure.kind
    known = {
        FailureKind.CENTER: [each.id for each in estate.centers],
        FailureKind.LOCATION: [each.id for each in estate.locations],
        FailureKind.CLOUD: [each.id for each in estate.clouds],
        FailureKind.CHIP: [each.id for each in estate.chips],
        FailureKind.VENDOR: [each.vendor for each in estate.chips],
        FailureKind.HOST: [each.id for each in estate.pools],
        FailureKind.LINK: ["/".join(each.between) for each in estate.links],
    }[kind]
    raise Invalid(
        Sentence("there is no {kind} `{id}`", kind=kind, id=loss.failure.id),
        hint=Sentence("known: {names}", names=", ".join(sorted(set(known)))),
    )
