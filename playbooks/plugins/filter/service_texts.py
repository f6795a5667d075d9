"""Writes the files of services out of a role's variables, so that nothing is decided in templates."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from ansible.errors import AnsibleFilterError

LENGTHS = (32, 40, 48, 56, 64, 96)
"""RFC 6052 section 2.2."""
WELL_KNOWN = IPv6Network("64:ff9b::/96")


def resolver(given):
    """A configuration of unbound; with a DNS64 prefix, names without IPv6 get an address (RFC 6147)."""
    modules = [*(["dns64"] if given["dns64_prefix"] else []), *(["validator"] if given["validates"] else [])]
    lines = ["server:", *(f"    interface: {address}" for address in given["listen"])]
    lines += [f"    access-control: {ip_network(prefix)} allow" for prefix in given["allow"]]
    lines.append('    module-config: "{}"'.format(" ".join([*modules, "iterator"])))
    if given["dns64_prefix"]:
        lines.append("    dns64-prefix: {}".format(_pref64(given["dns64_prefix"])))
    for zone in given["forwards"]:
        lines += ["forward-zone:", f'    name: "{zone["name"]}"']
        lines += [f"    forward-addr: {address}" for address in zone["addresses"]]
    return _text([*lines, given["extra"].rstrip("\n")])


def translator(given):
    """A configuration of tayga, or of Jool as it is read by `jool file handle`."""
    prefix, pool = _pref64(given["prefix"]), IPv4Network(given["pool"])
    if prefix == WELL_KNOWN and given["private"]:
        raise ValueError(f"{prefix} must not stand for private addresses (RFC 6052 section 3.1)")
    return {"tayga": _tayga, "jool": _jool}[given["program"]](given, prefix, pool)


def _tayga(given, prefix, pool):
    own = given["own_ipv4"] or next(pool.hosts())
    return _text(
        [
            f"tun-device {given['device']}",
            f"ipv4-addr {own}",
            f"ipv6-addr {given['own_ipv6']}" if given["own_ipv6"] else "",
            f"prefix {prefix}",
            f"dynamic-pool {pool}",
            f"data-dir {given['data']}",
        ]
    )


def _jool(given, prefix, pool):
    pools = [
        {"protocol": protocol, "prefix": str(pool), "port range": given["ports"]}
        for protocol in ("TCP", "UDP", "ICMP")
    ]
    whole = {
        "instance": given["instance"],
        "framework": "netfilter",
        "global": {"manually-enabled": True, "pool6": str(prefix)},
        "pool4": pools,
    }
    return json.dumps(whole, indent=2) + "\n"


def tayga_start(given):
    """A shell line that starts tayga anew on its device, where no systemd does, and leads packets to it."""
    path, device = shlex.quote(given["path"]), shlex.quote(given["device"])
    pid = shlex.quote(given["pid"])
    return "\n".join(
        [
            f'if [ -s {pid} ] && kill "$(cat {pid})" 2>/dev/null; then',
            f'  while kill -0 "$(cat {pid})" 2>/dev/null; do sleep 0.1; done',
            "fi",
            f"mkdir -p {shlex.quote(given['data'])}",
            f"[ -e /sys/class/net/{device} ] || tayga --config {path} --mktun",
            f"ip link set {device} up",
            f"ip -4 route replace {IPv4Network(given['pool'])} dev {device}",
            f"ip -6 route replace {_pref64(given['prefix'])} dev {device}",
            f"tayga --config {path} --pidfile {pid}",
        ]
    )


def announcer(given):
    """A configuration of radvd (RFC 4861); who takes addresses from it is said for each prefix."""
    lines = [f"interface {given['interface']} {{", "    AdvSendAdvert on;"]
    shortest, longest = given["interval"]
    lines += [f"    MinRtrAdvInterval {shortest};", f"    MaxRtrAdvInterval {longest};"]
    lines.append(f"    AdvDefaultLifetime {given['router_lifetime']};")
    for each in given["prefixes"]:
        lines += _advertised(each)
    lines += [f"    RDNSS {' '.join(given['servers'])} {{ }};"] if given["servers"] else []
    return _text([*lines, "};"])


def _advertised(each: Mapping[str, object]) -> list[str]:
    autonomous = "on" if each.get("autonomous", False) else "off"
    return [
        f"    prefix {IPv6Network(each['prefix'])} {{",
        f"        AdvOnLink on; AdvAutonomous {autonomous};",
        f"        AdvValidLifetime {each.get('valid', 86400)};",
        f"        AdvPreferredLifetime {each.get('preferred', 14400)};",
        "    };",
    ]


def classes_filter(given):
    """The table of nftables that sorts packets into classes."""
    return _rendering().nft_script(_shaping(given))


def classes_script(given):
    """A script that gives an interface its classes; run again it changes them where they are."""
    shaping = _shaping(given)
    from cmp.network.classes.live import live_script  # noqa: PLC0415 - only these two filters need Tricenter

    return live_script(shaping)


def _shaping(given):
    try:
        from cmp.model.network import TrafficClass  # noqa: PLC0415 - only these two filters need Tricenter
    except ImportError as error:
        raise ValueError("classes are rendered by Tricenter: run plays where it is installed") from error
    classes = tuple(TrafficClass.model_validate(each) for each in given["classes"])
    return _rendering().Shaping(given["interface"], float(given["line_mbps"]), classes)


def _rendering():
    from cmp.network.classes import htb  # noqa: PLC0415 - the same

    return htb


def _pref64(text: str) -> IPv6Network:
    prefix = IPv6Network(text)
    if prefix.prefixlen not in LENGTHS:
        raise ValueError(f"{prefix}: a translation prefix is 32, 40, 48, 56, 64 or 96 bits long (RFC 6052)")
    return prefix


def _text(lines: list[str]) -> str:
    return "\n".join(line for line in lines if line) + "\n"


def _sentence(write: Callable[[Mapping[str, object]], str]) -> Callable[[Mapping[str, object]], str]:
    """The same, with what is wrong told as Ansible tells it."""

    def told(given: Mapping[str, object]) -> str:
        try:
            return write(given)
        except (KeyError, TypeError, ValueError) as error:
            raise AnsibleFilterError(f"{write.__name__}: {error}") from error

    return told


class FilterModule:
    """The filters, by the names that roles use."""

    def filters(self) -> Mapping[str, Callable[[Mapping[str, object]], str]]:
        """All of them."""
        texts = (resolver, translator, tayga_start, announcer, classes_filter, classes_script)
        return {f"{write.__name__}_text": _sentence(write) for write in texts}
