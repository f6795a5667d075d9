"""Lists what a kernel may lack for the host lab, with what stands in for it; any other lack fails."""

from __future__ import annotations

from collections.abc import Mapping

GAPS: Mapping[str, str] = {
    "vlan": "one bridge per VLAN",
    "vrf": "one namespace per VRF",
    "netem": "loss by a rule of nft (`numgen random mod 100 < 20 drop`); nothing stands in for delay",
    "dummy": "addresses on lo",
    "tunnels": "links between namespaces: sit, ip6tnl, gre and ipip are not there",
    "wireguard": "links between namespaces",
    "mpls": "nothing: MPLS VPNs are not rehearsed",
    "fair queues": "fifo leaves with a limit: sfq, fq, fq_codel and cake are not there",
}
