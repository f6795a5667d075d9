"""Changes what there is: hosts of a pool, a cloud's zones and protection level, a link's bandwidth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.model.base import Provenance
from cmp.model.environment import Environment
from cmp.scheduler.remedies.changes.change import ChangeKind
from cmp.scheduler.remedies.changes.editing import changed, with_cloud, with_pool

ZH = "zh"


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

    def says(self, language: str) -> str:
        """Say it."""
        if language == ZH:
            return f"为资源池 {self.pool} 增加 {self.hosts} 台 {self.chip} 主机"
        many = "host" if self.hosts == 1 else "hosts"
        return f"add {self.hosts} {self.chip} {many} to pool {self.pool}"


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

    def says(self, language: str) -> str:
        """Say it."""
        if language == ZH:
            return f"在云 {self.cloud} 中提供网络区域 {self.zone}"
        return f"serve zone {self.zone} in cloud {self.cloud}"


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

    def says(self, language: str) -> str:
        """Say it."""
        if language == ZH:
            return f"使云 {self.cloud} 通过等保 {self.level} 级测评"
        return f"have cloud {self.cloud} assessed and certified for protection level {self.level}"


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

    def says(self, language: str) -> str:
        """Say it."""
        if language == ZH:
            return f"将 {self.one} 与 {self.other} 之间的链路扩容 {self.mbps} Mbit/s"
        return f"widen the link between {self.one} and {self.other} by {self.mbps} Mbit/s"


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

    def says(self, language: str) -> str:
        """Say it."""
        one, other = self.like
        if language == ZH:
            return f"在 {self.one} 与 {self.other} 之间新建链路(指标暂按 {one} 与 {other} 之间的链路)"
        return (
            f"lay a link between {self.one} and {self.other} (figures assumed as between {one} and {other})"
        )
