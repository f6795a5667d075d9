"""Draws filters of others: tables of nftables that no move may touch."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

TABLES = (
    """table inet filter {
 chain input {
  type filter hook input priority 0; policy accept;
  ct state established,related accept
  tcp dport { 22, 443 } counter accept
 }
}""",
    """table ip nat {
 chain post {
  type nat hook postrouting priority 100;
  oifname eth1 masquerade
 }
}""",
    """table inet sets {
 set bad { type ipv4_addr; flags interval; elements = { 198.18.66.0/24, 198.18.68.0-198.18.69.255 }; }
 chain c {
  type filter hook forward priority 0;
  ip saddr @bad drop
 }
}""",
    """table ip6 own {
 chain out {
  type filter hook output priority 0;
  icmpv6 type nd-neighbor-solicit accept
 }
}""",
    """table inet maps {
 map m { type inet_service : verdict; elements = { 80 : accept, 81 : drop }; }
 chain c {
  type filter hook input priority 5;
  tcp dport vmap @m
 }
}""",
    "table netdev n {\n}",
    """table inet seen {
 set seen { type ipv4_addr; size 100; flags dynamic; }
 chain c {
  type filter hook input priority 10;
  add @seen { ip saddr limit rate 5/second } accept
 }
}""",
    "table bridge b {\n chain c {\n  type filter hook forward priority 0;\n  ether type arp accept\n }\n}",
    """table inet tricenter_other_net {
 chain c {
  type filter hook forward priority 0; policy accept;
 }
}""",
)


def some(chance: Random) -> Iterator[str]:
    """Commands that load some tables."""
    for table in TABLES:
        if chance.random() < 0.12:
            yield f"nft -f - <<'END'\n{table}\nEND"
