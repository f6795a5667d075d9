"""Goes through the steps around the hosts' own phases, and writes down in the journal how each was left."""

from __future__ import annotations

from collections.abc import Collection

from cmp.errors import Interrupted, Refused
from cmp.model.migration_journal import Check, Looked, MigrationJournal
from cmp.network.measurement.reachability import Matrix
from cmp.sentences import Sentence
from cmp.services.migrating.carrying import Save
from cmp.services.migrating.naming import named
from cmp.services.migrating.publishing import back_to_old, leave_old, publish
from cmp.services.migrating.zones import PublishedZone

BEGUN = "begun"
"""What a step says while nobody knows how far it came."""


def published(
    journal: MigrationJournal, zone: PublishedZone, before: Matrix | None, save: Save
) -> MigrationJournal:
    """The journal once names lead to the new addresses, where plays may change them; begun is written first.

    What could not be published is told by the step; the hosts answer at their old addresses meanwhile.
    """
    known = journal.step(Looked.PUBLISHED)
    if not zone.is_ours or (known and known.ok):
        return journal
    journal = _stepped(journal, Check(name=Looked.PUBLISHED, ok=False, said=BEGUN), save)
    return _stepped(journal, publish(zone, before), save)


def names_left(journal: MigrationJournal, zone: PublishedZone, save: Save) -> MigrationJournal:
    """The journal once no resolver tells an old address.

    Raises:
        Refused: one still does, and the old addresses stay.
    """
    if zone.plan.names is None:
        return journal
    check = leave_old(zone)
    journal = _stepped(journal, check, save)
    if not check.ok:
        raise Refused(
            Sentence("names still lead to old addresses, which stay: {said}", said=check.said),
            hint="lead the names to the new addresses, wait until answers have run out, then run it again",
        )
    return journal


def names_back(journal: MigrationJournal, zone: PublishedZone, hosts: Collection[str]) -> MigrationJournal:
    """The journal once the names of some hosts lead to their old addresses alone, if they ever left them.

    Raises:
        Interrupted: names still lead to addresses that would be taken away.
    """
    if journal.step(Looked.PUBLISHED) is None or not any(move.host in hosts for move in named(zone.plan)):
        return journal
    check = back_to_old(zone, hosts)
    if not check.ok:
        raise Interrupted(
            Sentence("names still lead to new addresses: {said}", said=check.said),
            hint="lead them back by hand or mend the name server, then run `tricenter net rollback` again",
        )
    return journal.stepped(check)


def _stepped(journal: MigrationJournal, check: Check, save: Save) -> MigrationJournal:
    journal = journal.stepped(check)
    save(journal)
    return journal
