"""Keeps addresses in memory: the twin of the database, for tests and for trying a change out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from cmp.errors import Conflict, Invalid, NothingFits, Refused
from cmp.model.addresses import Holding, HoldingKind, Region, Request, Status
from cmp.network.addresses.rooms import Span, fit, holes_of, span_of
from cmp.network.addresses.tree import children_of, key_of, objections, parents
from cmp.ports.addresses import AddressChange, KeptBack
from cmp.sentences import Sentence
from cmp.store.ipam_changing import refuse, refuse_orphans


@dataclass(frozen=True, slots=True)
class _State:
    """Everything at one moment; in quarantine: region, family, addresses and the moment they are free."""

    regions: dict[str, Region] = field(default_factory=dict)
    holdings: tuple[Holding, ...] = ()
    quarantine: tuple[tuple[str, int, Span, datetime], ...] = ()


class MemoryAddresses:
    """The store without a disk; `clock` tells what has been in quarantine long enough."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._state = _State()
        self._turn = Lock()

    def regions(self) -> tuple[Region, ...]:
        """All regions by name."""
        return tuple(self._state.regions[name] for name in sorted(self._state.regions))

    def holdings(self, region: str | None = None) -> tuple[Holding, ...]:
        """What is held in one region or in all: by region, family, address, the outer before the inner."""
        chosen = (each for each in self._state.holdings if region in {None, each.region})
        return tuple(sorted(chosen, key=_order))

    def change(self, change: AddressChange) -> int:
        """Make a change whole; what is there already stays. Returns how many holdings are new."""
        with self._writing():
            state = self._state
            known = {region.name: region for region in change.regions} | state.regions
            gone = {key_of(holding) for holding in change.gone}
            stay = [each for each in state.holdings if key_of(each) not in gone]
            there = set(stay)
            fresh = [each for each in change.added if each not in there]
            refuse(list(objections(stay, fresh, known)))
            everything = (*stay, *fresh)
            refuse_orphans(everything, parents(everything))
            self._state = replace(state, regions=known, holdings=everything)
            return len(fresh)

    def allocate(self, request: Request) -> Holding:
        """The first free prefix or address that answers a request, or what answered it before."""
        return self.allocate_many((request,))[0]

    def allocate_many(self, requests: Sequence[Request]) -> tuple[Holding, ...]:
        """Answer all requests in their order, or none."""
        with self._writing():
            before = self._state
            try:
                return tuple(self._answer(request) for request in requests)
            except Exception:
                self._state = before
                raise

    def kept_back(self) -> tuple[KeptBack, ...]:
        """All that was put in quarantine and not given away since: by region, family and address."""
        found = (
            KeptBack(region, family, *span, until) for region, family, span, until in self._state.quarantine
        )
        return tuple(sorted(found, key=lambda each: (each.region, each.family, each.first)))

    def release(self, region: str, name: str, until: datetime | None = None) -> tuple[Holding, ...]:
        """Give back what a name holds, in both families; until a moment nobody else gets it."""
        with self._writing():
            state = self._state
            gone = tuple(each for each in self.holdings(region) if each.name == name)
            if not gone:
                raise Invalid(
                    Sentence("`{name}` holds nothing in region `{region}`", name=name, region=region),
                    hint="tricenter ipam show lists all",
                )
            below = children_of(state.holdings)
            if any(below.get(state.holdings.index(each)) for each in gone):
                raise Refused(Sentence("`{name}` has others in it", name=name), hint="release these first")
            kept = [(region, each.family, span_of(each.prefix), until) for each in gone if until is not None]
            self._state = replace(
                state,
                holdings=tuple(each for each in state.holdings if each not in gone),
                quarantine=(*state.quarantine, *kept),
            )
            return gone

    def _answer(self, request: Request) -> Holding:
        state = self._state
        names = {(each.region, each.family, each.name): each for each in state.holdings}
        held = names.get((request.region, request.family, request.name))
        if held is not None:
            if not request.is_answered_by(held):
                raise Conflict(
                    Sentence(
                        "`{name}` holds {text}, which is not what is asked for",
                        name=request.name,
                        text=held.text,
                    )
                )
            return held
        parent = self._parent(request)
        for waiting in (
            state.quarantine,
            tuple(each for each in state.quarantine if each[3] > self._clock()),
        ):
            self._state = replace(self._state, quarantine=waiting)
            for hole in self._holes(parent):
                if (start := fit(hole, request.size)) is not None:
                    found = request.held_at(start)
                    self._state = replace(self._state, holdings=(*state.holdings, found))
                    return found
        raise NothingFits(
            Sentence("{prefix} has no room left for `{name}`", prefix=parent.prefix, name=request.name)
        )

    def _parent(self, request: Request) -> Holding:
        for each in self._state.holdings:
            if each.kind is HoldingKind.PREFIX and (each.region, each.prefix) == (
                request.region,
                request.within,
            ):
                gives = HoldingKind.PREFIX if each.status is Status.CONTAINER else HoldingKind.ADDRESS
                longer = request.length is None or request.length > each.prefix.prefixlen
                if gives is request.kind and longer:
                    return each
                raise Invalid(Sentence("{prefix} does not give what is asked for", prefix=each.prefix))
        raise Invalid(
            Sentence(
                "region `{region}` holds no prefix {within}", region=request.region, within=request.within
            )
        )

    def _holes(self, parent: Holding) -> list[Span]:
        state = self._state
        place = state.holdings.index(parent)
        taken = [
            span_of(state.holdings[child].prefix) for child in children_of(state.holdings).get(place, ())
        ]
        mine = (parent.region, parent.family)
        taken += [span for region, family, span, _ in state.quarantine if (region, family) == mine]
        return holes_of(parent, taken)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._turn:
            yield


def _order(holding: Holding) -> tuple[str, int, int, int, bool]:
    region, family, start, length, kind = key_of(holding)
    return region, family, start, length, kind is HoldingKind.ADDRESS
