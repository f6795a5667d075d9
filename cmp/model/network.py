"""Describes the network: zones, the address plan in both families, allocations, networks to be moved."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from cmp.model.base import Document, Id, Port, Quantity, Title
from cmp.model.lab_host import LabHost
from cmp.model.name_servers import NameServer, ReverseZone, ZoneWay
from cmp.model.ssh import Ssh, SshWays
from cmp.model.texts import Label, Word

Family = Annotated[int, Field(ge=4, le=6)]
"""An address family: 4 or 6."""

Prefix = IPv4Network | IPv6Network

CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
"""A time of day, HH:MM."""

InterfaceName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z0-9._-]{0,14}$")]
"""A network interface of Linux: at most 15 characters."""


class Zone(Document):
    """A zone of the extranet; from and to an isolated one only declared flows pass."""

    id: Id
    """Its id."""
    isolated: bool = False
    """True where only declared flows enter or leave."""
    title: Title | None = None
    """Its name for people."""


class Ipv4Plan(Document):
    """The IPv4 range all zones are cut from; `site_length` per center and zone, `subnet_length` per cloud."""

    supernet: IPv4Network
    """The range everything is cut from."""
    site_length: Annotated[int, Field(ge=8, le=30)] = 16
    """Prefix length of the block that each zone gets in each center."""
    subnet_length: Annotated[int, Field(ge=8, le=30)] = 20
    """Prefix length of the subnet that each cloud gets from such a block."""


class Ipv6Plan(Document):
    """The IPv6 range all zones are cut from; `site_length` per center and zone, `subnet_length` per cloud."""

    prefix: IPv6Network
    """The range everything is cut from."""
    site_length: Annotated[int, Field(ge=16, le=64)] = 48
    """Prefix length of the block that each zone gets in each center."""
    subnet_length: Annotated[int, Field(ge=48, le=64)] = 64
    """Prefix length of the subnet that each cloud gets from such a block."""


class AddressPlan(Document):
    """The two ranges of the extranet."""

    ipv4: Ipv4Plan
    """The range and lengths of IPv4."""
    ipv6: Ipv6Plan
    """The range and lengths of IPv6."""


class Allocation(Document):
    """A fixed allocation of a zone in a center."""

    center: Id
    """The center."""
    zone: Id
    """The zone."""
    ipv4: IPv4Network
    """Its block in IPv4."""
    ipv6: IPv6Network
    """Its block in IPv6."""


class Secrecy(StrEnum):
    """Classified state secrets are refused: this product manages non-classified systems only."""

    NONE = "none"
    WORK_SECRET = "work-secret"  # noqa: S105 - a degree of secrecy, no password
    STATE_SECRET = "state-secret"  # noqa: S105 - the same


class Target(Document):
    """Where a private network moves to."""

    zone: Id
    """The zone it becomes part of."""
    center: Id
    """The center whose block its new addresses come from."""


class HostKind(StrEnum):
    """What a host is; plays manage `linux` alone, the others move behind an edge that translates."""

    LINUX = "linux"
    WINDOWS = "windows"
    APPLIANCE = "appliance"
    SWITCH = "switch"

    @property
    def is_managed(self) -> bool:
        """True when plays can change the host itself."""
        return self is HostKind.LINUX


class Manager(StrEnum):
    """What brings a host's network up when it boots, and so where a change has to be written down."""

    IFUPDOWN = "ifupdown"
    NETWORKD = "networkd"
    NETWORK_MANAGER = "networkmanager"
    NETPLAN = "netplan"
    """netplan over systemd-networkd, its renderer where a file names none."""
    NETPLAN_OVER_NETWORK_MANAGER = "netplan-networkmanager"


class HostService(Document):
    """What a host offers on the network."""

    port: Port
    """The port it listens on."""
    protocol: Annotated[str, StringConstraints(pattern=r"^(tcp|udp)$")] = "tcp"
    """`tcp` or `udp`."""
    name: Label | None = None
    """Its name under the network's domain, where it has one."""


class NetworkHost(Document):
    """One host of a private network."""

    name: Id
    """Its name."""
    addresses: Annotated[tuple[IPv4Interface | IPv6Interface, ...], Field(min_length=1)]
    """Its old addresses with their prefix lengths."""
    gateways: tuple[IPv4Address | IPv6Address, ...] = ()
    """Its default gateways, at most one in each family."""
    services: tuple[HostService, ...] = ()
    """What it offers; each is asked before, while and after it moves."""
    owner: Id | None = None
    """Who answers for it."""
    ssh: Ssh | None = None
    """How it is logged into; left out: plays cannot change it."""
    ipv6_capable: bool = True
    """False where it cannot have IPv6: it is reached through translation."""
    kind: HostKind = HostKind.LINUX
    """What it is; plays change `linux` alone."""
    manager: Manager = Manager.IFUPDOWN
    """What brings its network up at boot."""
    group: Id | None = None
    """The hosts of one group stand in for each other: never two of them move in one wave."""
    interface: InterfaceName | None = None
    """The interface of the old addresses; None: whichever holds the first of them."""
    new_interface: InterfaceName | None = None
    """The interface that the new line ends at; None: the same."""
    secrecy: Secrecy = Secrecy.NONE
    """Whether it holds secrets; a classified one is refused."""


class HostList(Document):
    """The file that a private network's `hosts` names."""

    hosts: tuple[NetworkHost, ...]
    """The hosts of the network."""


class Window(Document):
    """A change window: `days` and the hours in it (Asia/Shanghai), which may pass midnight."""

    days: Annotated[str, StringConstraints(pattern=r"^(daily|weekdays|weekends)$")] = "daily"
    """`daily`, `weekdays` or `weekends`."""
    start: Annotated[str, Field(alias="from"), StringConstraints(pattern=CLOCK)]
    """When it opens, HH:MM."""
    end: Annotated[str, Field(alias="to"), StringConstraints(pattern=CLOCK)]
    """When it closes, HH:MM; earlier than `from`: on the next day."""


class Line(Document):
    """A line or a device that nobody needs once the network has moved: `cny_per_year` is then saved."""

    id: Id
    """Its id."""
    cny_per_year: Quantity
    """What it costs in CNY a year."""
    title: Title | None = None
    """Its name for people."""


class EdgeRouter(Document):
    """The new edge, where plays can change it: `interface` leads to the hosts, `uplink` to the extranet."""

    name: Id
    """Its name."""
    ssh: Ssh
    """How it is logged into."""
    interface: InterfaceName
    """The interface that leads to the hosts."""
    uplink: InterfaceName
    """The interface that leads to the extranet."""


class Edge(Document):
    """What the two edges of a moving network do: path MTU in bytes, and whether they drop foreign sources.

    An edge drops packets whose source is not of its own prefix where it follows BCP 38 (RFC 2827).
    """

    mtu: Annotated[int, Field(ge=1280, le=9216)] = 1500
    """The largest packet in bytes that passes the new line."""
    filters_sources: bool = True
    """True where the edges drop packets whose source is not of their own prefix (BCP 38)."""
    router: EdgeRouter | None = None
    """It loads the filters of the zone before any host moves. Without one they are loaded by hand; hosts that
    plays cannot change need one, since it answers for them."""


class Names(Document):
    """Where the hosts of a network are named: the domain, and the resolvers that are asked in each family.

    Without a `server` somebody else publishes the new addresses; the move waits for them to be told.
    """

    domain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$")]
    """The domain below which hosts are named."""
    resolvers: tuple[IPv4Address | IPv6Address, ...]
    """The resolvers that are asked what they tell, at least one in each family."""
    server: NameServer | None = None
    """The server that plays may change; left out: somebody else publishes the new addresses."""
    reverse: tuple[ReverseZone, ...] = Field(default=(), exclude_if=lambda zones: not zones)
    """The reverse zones of the old network and of its new subnets, where that server keeps them too."""

    @model_validator(mode="after")
    def _keeps_what_it_names(self) -> Self:
        if not self.reverse:
            return self
        if self.server is None or not self.server.is_changed_here:
            raise ValueError(
                "`reverse` names zones that the move changes: it needs a `server` that it may change"
            )
        bare = [each.zone for each in self.reverse if self.server.how is ZoneWay.FILES and not each.zone_file]
        if bare:
            raise ValueError(f"{', '.join(bare)}: a zone that is kept as a file needs `zone_file`")
        return self


class PrivateNetwork(Document):
    """A network that has to move onto the extranet; `hosts` names a file beside network.yaml."""

    id: Id
    """Its id, which `tricenter net` takes."""
    secrecy: Secrecy = Secrecy.NONE
    """Whether it carries secrets; a classified one is refused."""
    ipv4: IPv4Network
    """The old range."""
    hosts: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+\.yaml$")]
    """The file of its hosts, beside network.yaml."""
    target: Target
    """Where it moves to."""
    title: Title | None = None
    """Its name for people."""
    access_class: Annotated[str, StringConstraints(pattern=r"^[A-F]$")] | None = None
    """How the unit is connected (DB34/T 3607-2020): A public zone only, B with the unified exit to the
    internet, C with its own exit, D public and private zone, E both with its own exit, F a campus."""
    windows: tuple[Window, ...] = ()
    """When waves may begin; left out: at any time."""
    lines: tuple[Line, ...] = ()
    """What ends with the move, and is saved then."""
    edge: Edge = Edge()
    """What its edges do."""
    witnesses: tuple[IPv4Address | IPv6Address, ...] = ()
    """Addresses on the extranet that every host must reach before and after; both families need one."""
    names: Names | None = None
    """Its names; left out: no name leads to its hosts."""
    ssh: SshWays = SshWays()
    """How its hosts are reached and administered, where they say nothing themselves."""
    lab_host: LabHost = LabHost.NAMESPACE
    """What stands for its hosts in the lab and in rehearsals."""
    administered_from: tuple[Prefix, ...] = ()
    """From where plays reach the hosts by SSH; filters let nobody else administer them."""


class TrafficClass(Document):
    """A class of traffic with its DSCP name and bandwidth in Mbit/s."""

    id: Id
    """Its id."""
    dscp: Word
    """The name of its code point (RFC 2474): `ef`, `af31`, `cs1`, `be` and so on."""
    guaranteed_mbps: Quantity
    """What it gets in any case, in Mbit/s."""
    ceiling_mbps: Quantity
    """What it may take where others leave it, in Mbit/s."""


class Translation(Document):
    """NAT64 (RFC 6146): the prefix that stands for IPv4 (RFC 6052), and the pool that hosts share."""

    prefix: IPv6Network
    """The /96 prefix that stands for IPv4 addresses."""
    pool: IPv4Network
    """The IPv4 addresses that hosts with IPv6 alone share."""
    keeps_zones: bool = False
    """True where the translator itself drops what zones may not: only then edges let its pool in, since they
    cannot tell any more from which zone a packet came."""


class Network(Document):
    """The content of network.yaml, with the host lists it names."""

    zones: tuple[Zone, ...]
    """The zones of the extranet."""
    address_plan: AddressPlan
    """The ranges that all zones' addresses are cut from."""
    allocations: tuple[Allocation, ...] = ()
    """Blocks that are fixed already; all others are given out from the plan and remembered."""
    private_networks: tuple[PrivateNetwork, ...] = ()
    """Networks that have to move onto the extranet."""
    traffic_classes: tuple[TrafficClass, ...] = ()
    """The classes that share an access line."""
    translation: Translation | None = None
    """How hosts with IPv6 alone reach IPv4; left out: they do not."""

    def zone(self, name: str) -> Zone | None:
        """The zone of that name."""
        return next((zone for zone in self.zones if zone.id == name), None)
