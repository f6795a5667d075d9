"""Describes the network: zones, the address plan in both families, allocations, networks to be moved."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from cmp.model.base import Document, Id, Port, Quantity, Title
from cmp.model.texts import Label, User, Word

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
    isolated: bool = False
    title: Title | None = None


class Ipv4Plan(Document):
    """The IPv4 range all zones are cut from; `site_length` per center and zone, `subnet_length` per cloud."""

    supernet: IPv4Network
    site_length: Annotated[int, Field(ge=8, le=30)] = 16
    subnet_length: Annotated[int, Field(ge=8, le=30)] = 20


class Ipv6Plan(Document):
    """The IPv6 range all zones are cut from; `site_length` per center and zone, `subnet_length` per cloud."""

    prefix: IPv6Network
    site_length: Annotated[int, Field(ge=16, le=64)] = 48
    subnet_length: Annotated[int, Field(ge=48, le=64)] = 64


class AddressPlan(Document):
    """The two ranges of the extranet."""

    ipv4: Ipv4Plan
    ipv6: Ipv6Plan


class Allocation(Document):
    """A fixed allocation of a zone in a center."""

    center: Id
    zone: Id
    ipv4: IPv4Network
    ipv6: IPv6Network


class Secrecy(StrEnum):
    """Classified state secrets are refused: this product manages non-classified systems only."""

    NONE = "none"
    WORK_SECRET = "work-secret"  # noqa: S105 - a degree of secrecy, no password
    STATE_SECRET = "state-secret"  # noqa: S105 - the same


class Target(Document):
    """Where a private network moves to."""

    zone: Id
    center: Id


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


class HostService(Document):
    """What a host offers on the network."""

    port: Port
    protocol: Annotated[str, StringConstraints(pattern=r"^(tcp|udp)$")] = "tcp"
    name: Label | None = None


class Ssh(Document):
    """How a host is administered."""

    user: User
    address: IPv4Address | IPv6Address | None = None
    port: Port = 22


class NetworkHost(Document):
    """One host of a private network."""

    name: Id
    addresses: Annotated[tuple[IPv4Interface | IPv6Interface, ...], Field(min_length=1)]
    gateways: tuple[IPv4Address | IPv6Address, ...] = ()
    services: tuple[HostService, ...] = ()
    owner: Id | None = None
    ssh: Ssh | None = None
    ipv6_capable: bool = True
    kind: HostKind = HostKind.LINUX
    manager: Manager = Manager.IFUPDOWN
    group: Id | None = None
    """The hosts of one group stand in for each other: never two of them move in one wave."""
    interface: InterfaceName | None = None
    """The interface of the old addresses; None: whichever holds the first of them."""
    new_interface: InterfaceName | None = None
    """The interface that the new line ends at; None: the same."""
    secrecy: Secrecy = Secrecy.NONE


class HostList(Document):
    """The file that a private network's `hosts` names."""

    hosts: tuple[NetworkHost, ...]


class Window(Document):
    """A change window: `days` and the hours in it (Asia/Shanghai), which may pass midnight."""

    days: Annotated[str, StringConstraints(pattern=r"^(daily|weekdays|weekends)$")] = "daily"
    start: Annotated[str, Field(alias="from"), StringConstraints(pattern=CLOCK)]
    end: Annotated[str, Field(alias="to"), StringConstraints(pattern=CLOCK)]


class Line(Document):
    """A line or a device that nobody needs once the network has moved: `cny_per_year` is then saved."""

    id: Id
    cny_per_year: Quantity
    title: Title | None = None


class EdgeRouter(Document):
    """The new edge, where plays can change it: `interface` leads to the hosts, `uplink` to the extranet."""

    name: Id
    ssh: Ssh
    interface: InterfaceName
    uplink: InterfaceName


class Edge(Document):
    """What the two edges of a moving network do: path MTU in bytes, and whether they drop foreign sources.

    An edge drops packets whose source is not of its own prefix where it follows BCP 38 (RFC 2827).
    """

    mtu: Annotated[int, Field(ge=1280, le=9216)] = 1500
    filters_sources: bool = True
    router: EdgeRouter | None = None
    """It loads the filters of the zone before any host moves. Without one they are loaded by hand; hosts that
    plays cannot change need one, since it answers for them."""


class Reload(StrEnum):
    """The software of a name server, by whose own command it reads a zone again."""

    UNBOUND = "unbound"
    BIND = "bind"
    NSD = "nsd"
    KNOT = "knot"
    POWERDNS = "powerdns"


def _as_software(given: object) -> object:
    """Read what Plans of the first version say: an empty list for unbound; commands are not run any more."""
    return Reload.UNBOUND if isinstance(given, list | tuple) and not given else given


class NameServer(Document):
    """The server that keeps a zone as a file, where plays may change it.

    `reload` says by which software's command it reads the zone again.
    """

    name: Id
    ssh: Ssh
    zone_file: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._/-]+$")]
    reload: Annotated[Reload, BeforeValidator(_as_software)] = Reload.UNBOUND


class Names(Document):
    """Where the hosts of a network are named: the domain, and the resolvers that are asked in each family.

    Without a `server` somebody else publishes the new addresses; the move waits for them to be told.
    """

    domain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$")]
    resolvers: tuple[IPv4Address | IPv6Address, ...]
    server: NameServer | None = None


class PrivateNetwork(Document):
    """A network that has to move onto the extranet; `hosts` names a file beside network.yaml."""

    id: Id
    secrecy: Secrecy = Secrecy.NONE
    ipv4: IPv4Network
    hosts: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+\.yaml$")]
    target: Target
    title: Title | None = None
    access_class: Annotated[str, StringConstraints(pattern=r"^[A-F]$")] | None = None
    """How the unit is connected (DB34/T 3607-2020): A public zone only, B with the unified exit to the
    internet, C with its own exit, D public and private zone, E both with its own exit, F a campus."""
    windows: tuple[Window, ...] = ()
    lines: tuple[Line, ...] = ()
    edge: Edge = Edge()
    witnesses: tuple[IPv4Address | IPv6Address, ...] = ()
    """Addresses on the extranet that every host must reach before and after; both families need one."""
    names: Names | None = None
    administered_from: tuple[Prefix, ...] = ()
    """From where plays reach the hosts by SSH; filters let nobody else administer them."""


class TrafficClass(Document):
    """A class of traffic with its DSCP name and bandwidth in Mbit/s."""

    id: Id
    dscp: Word
    guaranteed_mbps: Quantity
    ceiling_mbps: Quantity


class Translation(Document):
    """NAT64 (RFC 6146): the prefix that stands for IPv4 (RFC 6052), and the pool that hosts share."""

    prefix: IPv6Network
    pool: IPv4Network
    keeps_zones: bool = False
    """True where the translator itself drops what zones may not: only then edges let its pool in, since they
    cannot tell any more from which zone a packet came."""


class Network(Document):
    """The content of network.yaml, with the host lists it names."""

    zones: tuple[Zone, ...]
    address_plan: AddressPlan
    allocations: tuple[Allocation, ...] = ()
    private_networks: tuple[PrivateNetwork, ...] = ()
    traffic_classes: tuple[TrafficClass, ...] = ()
    translation: Translation | None = None

    def zone(self, name: str) -> Zone | None:
        """The zone of that name."""
        return next((zone for zone in self.zones if zone.id == name), None)
