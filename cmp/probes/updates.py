"""Changes records of a zone by dynamic updates (RFC 2136) that are signed (TSIG, RFC 8945), name by name.

Reads a JSON document on standard input and writes one, as `names` does: `{"server": …, "port": 53, "zone": …,
"key": {"name": …, "algorithm": …, "secret": …}, "publish": [[name, kind, value]], "retire": […], "ttl": 300}`
gives `{"added": […], "removed": […], "denied": {name: why}}`. The key comes on standard input alone: no list
of processes and no log has it. Each name is changed at once or not at all: the update says what it has seen
there and holds only while that is still so. Needs dnspython where it runs.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.update

from cmp.network.measurement.naming import Record
from cmp.sentences import Sentence

SECONDS: Final = 10.0
"""How long one answer may take."""
ATTEMPTS: Final = 3
"""How often a name is read and changed anew where somebody else changed it in between."""
KINDS: Final = ("A", "AAAA")
CHANGED: Final = (dns.rcode.NXRRSET, dns.rcode.YXRRSET)
"""What is answered where the zone is not any more as it was seen (RFC 2136 section 2.2)."""


class Refused(Exception):
    """The update is not made; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The server that a zone is changed at, and with which key."""

    server: str
    port: int
    zone: dns.name.Name
    key: dns.tsig.Key

    def asked(self, name: dns.name.Name, kind: str) -> dns.rrset.RRset | None:
        """What the zone itself has there.

        Raises:
            Refused: the server is not the zone's, or a CNAME stands there.
        """
        message = dns.message.make_query(name, kind, flags=0)
        message.use_tsig(self.key)
        try:
            reply = dns.query.tcp(message, self.server, SECONDS, self.port)
        except dns.exception.FormError as problem:  # Knot signs no refusal, and nothing unsigned is believed
            raise Refused(
                Sentence(
                    "{server} answers what nobody signed: it does not keep {zone}, or not for this key",
                    server=self.server,
                    zone=self.zone,
                )
            ) from problem
        if reply.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            raise Refused(
                Sentence(
                    "{server} answers {to_text}", server=self.server, to_text=dns.rcode.to_text(reply.rcode())
                )
            )
        if not reply.flags & dns.flags.AA:
            raise Refused(
                Sentence(
                    "{server} does not keep {zone}: ask for updates where the zone is kept",
                    server=self.server,
                    zone=self.zone,
                )
            )
        if any(each.rdtype == dns.rdatatype.CNAME and each.name == name for each in reply.answer):
            raise Refused("it is another name for something else (CNAME): no address can stand beside it")
        return next((each for each in reply.answer if each.rdtype == dns.rdatatype.from_text(kind)), None)

    def sent(self, update: dns.update.UpdateMessage) -> dns.rcode.Rcode:
        """What the server answers to an update."""
        return dns.query.tcp(update, self.server, SECONDS, self.port).rcode()


def change(
    authority: Authority, name: dns.name.Name, publish: Iterable[Record], retire: Iterable[Record], ttl: int
) -> tuple[list[Record], list[Record]]:
    """Change the records of one name; what was added and removed.

    Raises:
        Refused: the name has no record of its own, would have no address left, or the server does not let us.
        OSError: it does not answer.
    """
    wanted, unwanted = tuple(publish), {*retire} - {*publish}
    kinds = _kinds(wanted, unwanted)
    looked_at = sorted(kinds if kinds.isdisjoint(KINDS) else {*KINDS, *kinds})
    for _ in range(ATTEMPTS):
        found = {kind: authority.asked(name, kind) for kind in looked_at}
        present = {(kind, each.to_text()) for kind, rrset in found.items() for each in rrset or ()}
        added = [each for each in wanted if (each.kind, _value(each)) not in present]
        removed = sorted(each for each in unwanted if (each.kind, _value(each)) in present)
        if not added and not removed:
            return [], []
        _keep_found(present, added, removed)
        update = _update(authority, name, found, added, removed, ttl)
        code = authority.sent(update)
        if code == dns.rcode.NOERROR:
            return added, removed
        if code not in CHANGED:
            raise Refused(_said(code))
    raise Refused("somebody else changes it all the time")


def _update(
    authority: Authority,
    name: dns.name.Name,
    found: Mapping[str, dns.rrset.RRset | None],
    added: Sequence[Record],
    removed: Sequence[Record],
    ttl: int,
) -> dns.update.UpdateMessage:
    """The update: it holds only while the name is there itself, not by a wildcard, and as it was seen.

    A reverse name may be new, or a wildcard's until now: each of its records goes and comes by itself.
    """
    made = dns.update.UpdateMessage(authority.zone)
    made.use_tsig(authority.key)
    made.absent(name, "CNAME")
    has_addresses = not found.keys().isdisjoint(KINDS)
    if has_addresses:
        made.present(name)
    for kind, rrset in found.items() if has_addresses else ():
        if rrset is None:
            made.absent(name, kind)
        else:
            made.present(name, dns.rdataset.from_rdata_list(0, list(rrset)))
    for record in removed:
        made.delete(name, record.kind, record.value)
    for record in added:
        made.add(name, ttl, record.kind, record.value)
    return made


def _keep_found(present: set[tuple[str, str]], added: Sequence[Record], removed: Sequence[Record]) -> None:
    """Refuse to leave a name without any address."""
    left = (present | {(each.kind, _value(each)) for each in added}) - {
        (each.kind, _value(each)) for each in removed
    }
    if any(kind in KINDS for kind, _ in present) and not any(kind in KINDS for kind, _ in left):
        raise Refused("it would have no address left")


def _said(code: dns.rcode.Rcode) -> str:
    told = {
        dns.rcode.NXDOMAIN: "it has no record of its own: a wildcard may answer for it",
        dns.rcode.YXDOMAIN: "another record stands in the way",
        dns.rcode.REFUSED: "the server lets this key change nothing there",
        dns.rcode.NOTAUTH: "the server does not know the key, or not for this zone",
        dns.rcode.NOTZONE: "it does not lie in the zone",
        dns.rcode.NOTIMP: "the server takes no updates",
    }
    return told.get(code, f"the server answers {dns.rcode.to_text(code)}")


def _kinds(*parts: Iterable[Record]) -> set[str]:
    return {record.kind for part in parts for record in part}


def _value(record: Record) -> str:
    """The value as dnspython writes it."""
    return dns.rdata.from_text(dns.rdataclass.IN, record.kind, record.value).to_text()


def carried_out(document: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a document asks for; a name that was refused leaves the others alone.

    Raises:
        Refused: the key is none, or the server does not believe it.
        OSError: the server does not answer.
    """
    authority = Authority(
        document["server"], document["port"], dns.name.from_text(document["zone"]), key_of(document["key"])
    )
    asked = {what: [Record(*each) for each in document[what]] for what in ("publish", "retire")}
    answer: dict[str, Any] = {"added": [], "removed": [], "denied": {}}
    for name in sorted({record.name for records in asked.values() for record in records}):
        publish, retire = ([each for each in asked[what] if each.name == name] for what in asked)
        whole = dns.name.from_text(name, authority.zone)
        try:
            added, removed = change(authority, whole, publish, retire, document["ttl"])
        except Refused as refusal:
            answer["denied"][name] = str(refusal)
            continue
        answer["added"] += added
        answer["removed"] += removed
    return answer


def key_of(given: Mapping[str, str]) -> dns.tsig.Key:
    """A key for signing.

    Raises:
        Refused: it is none; the sentence does not repeat it.
    """
    try:
        base64.b64decode(given["secret"], validate=True)
        return dns.tsig.Key(given["name"], given["secret"], given["algorithm"])
    except (ValueError, dns.exception.DNSException) as problem:
        raise Refused(
            Sentence("the key {given} cannot be read: its secret is no base64", given=given["name"])
        ) from problem


def main() -> int:
    """Read, change, answer; returns the exit code."""
    try:
        found = carried_out(json.loads(sys.stdin.buffer.read()))
    except (Refused, KeyError, TypeError, ValueError, OSError, dns.exception.DNSException) as problem:
        sys.stdout.write(json.dumps({"refused": _told(problem)}) + "\n")
        return 2
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


def _told(problem: Exception) -> str:
    if isinstance(problem, Refused):
        return str(problem)
    if isinstance(problem, dns.tsig.PeerError):
        return f"the server does not believe the key ({type(problem).__name__}: {problem})"
    return f"{type(problem).__name__}: {problem}"


if __name__ == "__main__":
    sys.exit(main())
