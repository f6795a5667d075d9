"""Makes the acceptance pack of a move, signed: what is read by programs, and what is read by people."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cmp.model.acceptance import AcceptancePack, Form
from cmp.model.migration import MigrationPlan
from cmp.model.migration_journal import Check, MigrationJournal, Rehearsal
from cmp.model.named_file import NamedFile
from cmp.model.sealing import canonical
from cmp.network.moving.evidence import evidence
from cmp.ports.keys import Signer
from cmp.services.migrating.rendering import page_name, pages_of
from cmp.words.languages import LANGUAGES

FOLDER = "acceptance"
"""Before which word the files of a pack are parts of the move."""
PACK, SIGNATURE, PUBLIC, PAGE = "acceptance.json", "acceptance.sig", "acceptance.pub", "acceptance.html"
PAGES_OF_PACK = tuple(page_name("acceptance", language) for language in LANGUAGES)


def pack(
    plan: MigrationPlan,
    journal: MigrationJournal,
    rehearsal: Rehearsal | None,
    checks: Sequence[Check],
    signed_by: str,
) -> AcceptancePack:
    """The pack of a move; what was not measured stays empty in its form."""
    segment = plan.segment
    measured = journal.measured
    form = Form(
        unit=plan.title.zh if plan.title else plan.network,
        network=plan.network,
        access_class=plan.access_class,
        zone=plan.target.zone,
        center=plan.target.center,
        old=str(segment.old),
        ipv4=str(segment.ipv4),
        ipv6=str(segment.ipv6),
        gateways=(str(segment.ipv4_gateway), str(segment.ipv6_gateway)),
        hosts=len(plan.moves),
        date=journal.began[:10],
        bandwidth_mbps=measured.get("bandwidth_mbps"),
        lost_probes=int(measured["lost_probes"]) if "lost_probes" in measured else None,
        interruption_ms=max(journal.loss_ms.values()) if journal.loss_ms else None,
        longest_tcp_stall_ms=measured.get("tcp_stall_ms"),
    )
    addresses = tuple(
        {"host": move.host, "old": str(each.old), "ipv4": str(each.ipv4), "ipv6": str(each.ipv6 or "")}
        for move in plan.moves
        for each in move.addresses
    )
    return AcceptancePack(
        environment=plan.environment,
        plan=plan.hash,
        form=form,
        evidence=evidence(plan, journal, rehearsal, checks),
        fired=rehearsal.fired if rehearsal and rehearsal.plan == plan.hash else (),
        addresses=addresses,
        measured=dict(measured),
        loss_ms=dict(journal.loss_ms),
        journal=journal,
        signed_by=signed_by,
    )


def signed(document: AcceptancePack, signer: Signer) -> tuple[NamedFile, ...]:
    """The files of a pack, for people and programs, with its signature and the public key.

    Raises:
        Invalid: the signing key cannot be used.
        TryLater: whoever holds the key cannot be asked.
    """
    for_people = pages_of("acceptance", "Acceptance pack", {"pack": document})
    digests = {each.name: hashlib.sha256(each.content).hexdigest() for each in for_people}
    covered = document.model_copy(update={"files": digests})
    content = canonical(covered.model_dump(mode="json")) + b"\n"
    return (
        *for_people,
        NamedFile(PACK, content),
        NamedFile(SIGNATURE, signer.sign(content)),
        NamedFile(PUBLIC, signer.public),
    )
