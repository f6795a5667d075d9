"""Changes what there is: hosts of a pool, a cloud's zones and protection level, a link's bandwidth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.model.base import Provenance
from cmp.model.environment import Environment
from cmp.scheduler.remedies.changes.change import ChangeKind
from cmp.scheduler.remedies.changes.editing import changed, with_cloud, with_pool
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True)
class MoreHosts:
    """So many more hosts of its chip in a pool."""

    pool: str
    chip: str
    hosts: int
    kind: ClassVar[ChangeKind] = ChangeKind.HOSTS

    @property
    def amount(self) -> int:
        """Hosts."""
        return self.hosts

    @property
    def subject(self) -> str:
        """The pool."""
        return self.pool

    def apply(self, environment: Environment) -> Environment:
        """Add the hosts."""
        pool = environment.estate.pool[self.pool]
        return with_pool(environment, pool, hosts=pool.hosts + self.hosts)

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        few, many = "add {hosts} {chip} host to pool {pool}", "add {hosts} {chip} hosts to pool {pool}"
        return Sentence(few if self.hosts == 1 else many, hosts=self.hosts, chip=self.chip, pool=self.pool)


@dataclass(frozen=True, slots=True)
class ServeZone:
    """A zone of the extranet that a cloud serves too."""

    cloud: str
    zone: str
    kind: ClassVar[ChangeKind] = ChangeKind.ZONE

    @property
    def amount(self) -> int:
        """One zone."""
        return 1

    @property
    def subject(self) -> str:
        """Cloud and zone."""
        return f"{self.cloud}/{self.zone}"

    def apply(self, environment: Environment) -> Environment:
        """Add the zone."""
        cloud = environment.estate.cloud[self.cloud]
        return with_cloud(environment, cloud, zones=(*cloud.zones, self.zone))

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        return Sentence("serve zone {zone} in cloud {cloud}", zone=self.zone, cloud=self.cloud)


@dataclass(frozen=True, slots=True)
class CertifyCloud:
    """A cloud assessed for a higher protection level; the assessment has to be real."""

    cloud: str
    level: int
    kind: ClassVar[ChangeKind] = ChangeKind.LEVEL

    @property
    def amount(self) -> int:
        """The level."""
        return self.level

    @property
    def subject(self) -> str:
        """The cloud."""
        return self.cloud

    def apply(self, environment: Environment) -> Environment:
        """Raise the level."""
        return with_cloud(environment, environment.estate.cloud[self.cloud], mlps_level=self.level)

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        return Sentence(
            "have cloud {cloud} assessed and certified for protection level {level}",
            cloud=self.cloud,
            level=self.level,
        )


@dataclass(frozen=True, slots=True)
class WiderLink:
    """So many Mbit/s more between two centers."""

    one: str
    other: str
    mbps: int
    kind: ClassVar[ChangeKind] = ChangeKind.LINK

    @property
    def amount(self) -> int:
        """Mbit/s."""
        return self.mbps

    @property
    def subject(self) -> str:
        """The link."""
        return f"{self.one}/{self.other}"

    def apply(self, environment: Environment) -> Environment:
        """Widen the link."""
        ends = {self.one, self.other}
        links = tuple(
            changed(
                link,
                bandwidth_gbps=changed(
                    link.bandwidth_gbps, value=round(link.bandwidth_gbps.value + self.mbps / 1000, 6)
                ),
            )
            if set(link.between) == ends
            else link
            for link in environment.estate.links
        )
        return changed(environment, estate=changed(environment.estate, links=links))

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        return Sentence(
            "widen the link between {one} and {other} by {mbps} Mbit/s",
            one=self.one,
            other=self.other,
            mbps=self.mbps,
        )


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link between two centers that have none, with the figures of a link that is there."""

    one: str
    other: str
    like: tuple[str, str]
    kind: ClassVar[ChangeKind] = ChangeKind.CONNECT

    @property
    def amount(self) -> int:
        """One link."""
        return 1

    @property
    def subject(self) -> str:
        """The link."""
        return f"{self.one}/{self.other}"

    def apply(self, environment: Environment) -> Environment:
        """Lay the link; its figures are assumed until somebody has measured them."""
        like = environment.estate.link(*self.like)
        if like is None:
            return environment
        rtt = changed(like.rtt_ms, provenance=Provenance.ASSUMED)
        bandwidth = changed(like.bandwidth_gbps, provenance=Provenance.ASSUMED)
        ends = self.one, self.other
        link = changed(like, between=ends, rtt_ms=rtt, bandwidth_gbps=bandwidth)
        return changed(
            environment, estate=changed(environment.estate, links=(*environment.estate.links, link))
        )

    @property
    def sentence(self) -> Sentence:
        """The change as an instruction."""
        one, other = self.like
        return Sentence(
            "lay a link between {one} and {other} (figures assumed as between {one2} and {other2})",
            one=self.one,
            other=self.other,
            one2=one,
            other2=other,
        )
