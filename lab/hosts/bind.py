"""Writes a site's name server where its zone is changed by updates: BIND, with a key of the lab's own."""

from __future__ import annotations

from lab.hosts import names
from lab.hosts.site import Site

NAMED = "/usr/sbin/named"
CONFIG = "/etc/bind/tricenter.conf"
ALGORITHM = "hmac-sha256"


def named(site: Site, secret: str) -> str:
    """The configuration of BIND; the key may update and transfer the zone, and nobody else may (RFC 2136)."""
    translation = site.translation
    kept = {names.zone_of(site): names.zone_file(site)}
    kept |= {zone: names.reverse_file(site, zone) for zone in site.reverse}
    synthesis = f"    dns64 {translation.prefix} {{ clients {{ any; }}; }};\n" if translation else ""
    return f"""\
key "{site.update_key}" {{ algorithm {ALGORITHM}; secret "{secret}"; }};
options {{
    directory "/etc/bind"; pid-file "/run/named.pid"; session-keyfile "/run/named-session.key";
    listen-on {{ any; }}; listen-on-v6 {{ any; }};
    recursion no; dnssec-validation no; notify no;
{synthesis}}};
logging {{ channel file {{ file "/var/log/named.log"; }}; category default {{ file; }}; }};
controls {{ }};
{"".join(_zone(each, file, site.update_key) for each, file in kept.items())}"""


def _zone(zone: str, file: str, key: str) -> str:
    return f"""\
zone "{zone}" {{
    type primary; file "{file}";
    update-policy {{ grant "{key}" zonesub ANY; }};
    allow-transfer {{ key "{key}"; }};
}};
"""
