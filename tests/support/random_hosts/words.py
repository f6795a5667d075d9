"""Names what a drawn host's old line is made of."""

from __future__ import annotations

from dataclasses import dataclass

GATEWAY = "192.0.2.1"


@dataclass(frozen=True, slots=True)
class Old:
    """An old address and its length in bits."""

    address: str
    length: int

    @property
    def host(self) -> int:
        """The last number of the address."""
        return int(self.address.rsplit(".", 1)[1])

    def __str__(self) -> str:
        return f"{self.address}/{self.length}"


@dataclass(frozen=True, slots=True)
class Default:
    """A default route and its metric; 0 is none that anybody named."""

    gateway: str
    metric: int = 0

    @property
    def words(self) -> str:
        """The metric as ip(8) takes it."""
        return f"metric {self.metric}" if self.metric else ""


@dataclass(frozen=True, slots=True)
class Line:
    """The interface of the old addresses, these in the order of the host list, and what else it holds."""

    link: str
    olds: tuple[Old, ...]
    defaults: Default | None
    beside: tuple[str, ...] = ()
    """Addresses of other networks that the same files set."""
