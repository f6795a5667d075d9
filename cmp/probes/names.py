"""Asks name servers, each over the family of the address it is given by, and reads whole zones.

Reads a JSON document on standard input and writes one: `{"questions": [{"server": …, "name": …, "kind": …}],
"wait": 2.0}` gives `{"answers": [{"code": "NOERROR", "values": […], "ttl": 60}]}` in the same order;
`{"zones": [{"server": …, "zone": …}]}` gives `{"zones": [[[name, kind, value], …]]}` by zone transfer (RFC
5936). Unlike its siblings it needs dnspython where it runs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.xfr
import dns.zone

from cmp.network.measurement.naming import Question, Record, Told
from cmp.probes.doors import ask

_AT_ONCE: Final = 16
_ATTEMPTS: Final = 2
_TRANSFER_SECONDS: Final = 30.0


def answer(question: Question, wait: float) -> Told:
    """Ask a server by UDP, and by TCP where the answer was too long; SILENT where nothing came in time."""
    message = dns.message.make_query(question.name, question.kind)
    for _ in range(_ATTEMPTS):
        try:
            reply, _ = dns.query.udp_with_fallback(message, question.server, wait, question.port)
        except (dns.exception.DNSException, OSError):
            continue
        return _told(reply, question.kind)
    return Told("SILENT")


def zone(server: str, name: str, port: int = 53, key: Mapping[str, str] | None = None) -> tuple[Record, ...]:
    """All records of a zone, by zone transfer; `key` is a TSIG key's name, algorithm and secret.

    Raises:
        OSError: the server does not answer.
        dns.exception.DNSException: it does not give the zone.
    """
    read = dns.zone.Zone(dns.name.from_text(name), relativize=False)
    signing = dns.tsig.Key(key["name"], key["secret"], key["algorithm"]) if key else None
    query, _ = dns.xfr.make_query(
        read, keyring=signing, keyalgorithm=signing.algorithm if signing else dns.tsig.default_algorithm
    )
    dns.query.inbound_xfr(server, read, query, port, timeout=_TRANSFER_SECONDS)
    return records(read)


def records(read: dns.zone.Zone) -> tuple[Record, ...]:
    """The records of a zone that dnspython has read, with names written whole."""
    return tuple(
        Record(str(name).rstrip("."), dns.rdatatype.to_text(data.rdtype), data.to_text())
        for name, _, data in read.iterate_rdatas()
    )


def answers(
    questions: Iterable[Question], door: Sequence[str] = (), wait: float = 2.0
) -> dict[Question, Told]:
    """Ask all questions from behind a door; `wait` is in seconds for each attempt.

    Raises:
        TryLater: the door does not open.
    """
    every = tuple(questions)
    document = {"questions": [question._asdict() for question in every], "wait": wait}
    seconds = 30 + wait * _ATTEMPTS * (len(every) / _AT_ONCE + 1)
    found = ask(door, "cmp.probes.names", document, seconds=seconds)["answers"]
    return {
        question: Told(told["code"], tuple(told["values"]), told["ttl"])
        for question, told in zip(every, found, strict=True)
    }


def transferred(
    server: str, name: str, port: int, key: Mapping[str, str] | None, door: Sequence[str] = ()
) -> tuple[Record, ...]:
    """All records of a zone, transferred behind a door.

    Raises:
        Invalid: the server does not give the zone.
        TryLater: the door does not open.
    """
    asked = {"server": server, "zone": name, "port": port, "key": key}
    (found,) = ask(door, "cmp.probes.names", {"zones": [asked]}, seconds=2 * _TRANSFER_SECONDS)["zones"]
    return tuple(Record(*each) for each in found)


def _told(reply: dns.message.Message, kind: str) -> Told:
    """What an answer holds of a kind, aliases followed."""
    wanted = dns.rdatatype.from_text(kind)
    sets = [each for each in reply.answer if each.rdtype == wanted]
    values = tuple(sorted(data.to_text() for each in sets for data in each))
    ttl = min((each.ttl for each in reply.answer), default=None) if values else None
    return Told(dns.rcode.to_text(reply.rcode()), values, ttl)


def _all(call: Callable[[Question], Told], questions: Sequence[Question]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return [
            {"code": told.code, "values": told.values, "ttl": told.ttl}
            for told in threads.map(call, questions)
        ]


def _carried_out(document: Mapping[str, Any]) -> dict[str, Any]:
    questions = [Question(**given) for given in document.get("questions", ())]
    wait = float(document.get("wait", 2.0))
    zones = [
        zone(each["server"], each["zone"], each.get("port", 53), each.get("key"))
        for each in document.get("zones", ())
    ]
    return {"answers": _all(partial(answer, wait=wait), questions), "zones": zones}


def main() -> int:
    """Read, ask, answer; returns the exit code."""
    try:
        found = _carried_out(json.loads(sys.stdin.buffer.read()))
    except (KeyError, TypeError, ValueError, OSError, dns.exception.DNSException) as problem:
        sys.stdout.write(json.dumps({"refused": f"{type(problem).__name__}: {problem}"}) + "\n")
        return 2
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
