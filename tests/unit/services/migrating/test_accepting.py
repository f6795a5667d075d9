"""An acceptance pack is signed, and says what was not measured; evidence is of its own move."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.builders import an_environment
from support.moving_network import a_migration_plan, some_hosts

from cmp.errors import Invalid
from cmp.handing import handed_pack, write_out
from cmp.model.acceptance import AcceptancePack, Shown
from cmp.model.migration_journal import Check, Looked, MigrationJournal, Rehearsal, Verification
from cmp.ports.keys import Standing, fingerprint
from cmp.services.migrating import rendering
from cmp.services.migrating.accepting import PACK, pack, signed
from cmp.services.migrating.checking_packs import check_pack
from cmp.services.migrating.migrating import hand_over
from cmp.services.migrating.planning import Planned
from cmp.services.migrating.rehearsing import weighed
from cmp.settings import Layout
from cmp.store import keys
from cmp.store.file_ports import FileKeys, FileMove, file_ports
from cmp.store.migrations import REHEARSALS, VERIFICATIONS
from cmp.words.catalogue import CATALOGUES
from cmp.words.compiling import read


def name_of(folder: Path) -> str:
    """The fingerprint of the key that signs there."""
    return fingerprint(FileKeys(folder).signer().public)


def a_journal() -> MigrationJournal:
    return MigrationJournal(
        id="move", environment="test", network="desk-net", plan="0" * 64, began="2026-01-01", place="lab"
    )


def written(folder: Path, **changes: object) -> Path:
    journal = a_journal().model_copy(update=changes)
    document = pack(a_migration_plan(some_hosts(2)), journal, None, (), name_of(folder / "keys"))
    write_out(signed(document, FileKeys(folder / "keys").signer()), folder / "pack")
    return folder / "pack"


def test_the_signing_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    written(tmp_path)

    assert (tmp_path / "keys" / keys.KEY).stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "keys" / keys.KEY).chmod(0o644)

    with pytest.raises(Invalid, match="may be read by others"):
        name_of(tmp_path / "keys")


def test_what_was_not_measured_stays_empty_and_is_said_so(tmp_path: Path) -> None:
    page = (written(tmp_path) / "acceptance.html").read_text()

    assert page.count("未测") == 4
    assert "签字" in page


def test_a_page_is_in_one_language_and_one_script(tmp_path: Path) -> None:
    folder = written(tmp_path)
    simplified, traditional, english = (
        (folder / name).read_text()
        for name in ("acceptance.html", "acceptance.zh-Hant.html", "acceptance.en.html")
    )
    labels = {
        str(message.id): str(message.string)
        for message in read(CATALOGUES / "zh_Hans" / "pages.po", "zh_Hans")
        if message.id
    }

    assert '<html lang="zh-Hans">' in simplified
    assert '<html lang="zh-Hant">' in traditional
    assert "<th>Access class</th>" in english
    assert not re.search(r"[\u4e00-\u9fff]", english)
    for label in ("Access class", "Bandwidth, Mbit/s", "audit records protected", "network operator"):
        assert label not in simplified
        assert labels[label] in simplified
        assert label not in traditional
    assert "网络" not in traditional
    assert "網路" in traditional


def test_every_label_of_a_page_has_its_word() -> None:
    asked = {
        label
        for page in Path(rendering.PAGES).glob("*.j2")
        for label in re.findall(r't\("([^"]+)"\)', page.read_text(encoding="utf-8"))
    }
    for language in ("zh_Hans", "zh_Hant"):
        labels = {str(each.id) for each in read(CATALOGUES / language / "pages.po", language) if each.id}

        assert len(asked) > 40
        assert asked <= labels


def test_what_was_measured_stands_in_the_form(tmp_path: Path) -> None:
    measured = {"lost_probes": 0.0, "tcp_stall_ms": 17.2, "bandwidth_mbps": 930.0}
    folder = written(tmp_path, measured=measured, loss_ms={"IPv6 new": 1.5})

    page = (folder / "acceptance.html").read_text()
    for text in ("17.2", "930.0", "1.5"):
        assert text in page


def test_what_a_host_says_is_escaped(tmp_path: Path) -> None:
    folder = written(tmp_path, loss_ms={"<script>alert(1)</script>": 1.0})

    assert "<script>" not in (folder / "acceptance.html").read_text()


def test_evidence_is_shown_failed_or_not_looked_at() -> None:
    checks = [
        Check(name=Looked.REACHABILITY, ok=True, said="none gained"),
        Check(name=Looked.LEAKS, ok=False, said="one"),
        Check(name=Looked.CLASS_RATES, ok=True, said="all got theirs"),
    ]
    document = pack(a_migration_plan(some_hosts(1)), a_journal(), None, checks, "key")

    states = {item.item.en: item.state for item in document.evidence}
    assert states["important zones isolated"] is Shown.SHOWN
    assert states["crossing by controlled interfaces only"] is Shown.FAILED
    assert states["bandwidth by importance of service"] is Shown.SHOWN
    assert states["bandwidth meets peak need"] is Shown.NOT_SHOWN
    assert states["the way back was rehearsed"] is Shown.NOT_SHOWN


def a_rehearsal() -> Rehearsal:
    return Rehearsal(
        environment="test",
        network="desk-net",
        plan="0" * 64,
        ended="2026-01-01",
        passed=True,
        fired=(),
        journal=a_journal(),
    )


def test_classes_that_miss_their_rates_fail_a_rehearsal() -> None:
    missed = weighed(a_rehearsal(), Check(name=Looked.CLASS_RATES, ok=False, said="voice got nothing"))

    assert not missed.passed
    assert missed.reasons == ("class rates: voice got nothing",)
    assert [(check.name, check.ok) for check in missed.checks] == [(Looked.CLASS_RATES, False)]


def test_classes_that_nobody_measured_leave_a_rehearsal_as_it_was() -> None:
    assert weighed(a_rehearsal(), None) == a_rehearsal()


@pytest.mark.parametrize(("rehearsed", "state"), [(True, Shown.SHOWN), (False, Shown.NOT_SHOWN)])
def test_a_pack_takes_class_rates_from_the_rehearsal_of_its_own_plan(
    tmp_path: Path, rehearsed: bool, state: Shown
) -> None:
    plan = a_migration_plan(some_hosts(1))
    planned = Planned(plan, an_environment(), FileMove(tmp_path))
    rehearsal = a_rehearsal().model_copy(update={"plan": plan.hash if rehearsed else "0" * 64})
    check = Check(name=Looked.CLASS_RATES, ok=True, said="all got theirs")
    REHEARSALS.save(weighed(rehearsal, check), tmp_path)

    page = hand_over(planned, a_journal(), file_ports(Layout(tmp_path / "state")))

    told = AcceptancePack.model_validate_json((Path(page).parent / PACK).read_bytes())
    states = {item.item.en: item.state for item in told.evidence}
    assert states["bandwidth by importance of service"] is state


@pytest.mark.parametrize(
    ("changed", "state"),
    [({}, Shown.SHOWN), ({"plan": "1" * 64}, Shown.NOT_SHOWN), ({"journal": "another"}, Shown.NOT_SHOWN)],
)
def test_what_was_found_of_another_move_is_no_evidence(
    tmp_path: Path, changed: dict[str, str], state: Shown
) -> None:
    plan = a_migration_plan(some_hosts(1))
    found = {"environment": "test", "network": "desk-net", "plan": plan.hash, "journal": "move", "at": "2026"}
    checks = (Check(name=Looked.LEAKS, ok=True, said="all silent"),)
    VERIFICATIONS.save(Verification(**found | changed, checks=checks, measured={}), tmp_path)

    page = hand_over(
        Planned(plan, an_environment(), FileMove(tmp_path)),
        a_journal(),
        file_ports(Layout(tmp_path / "state")),
    )

    told = AcceptancePack.model_validate_json((Path(page).parent / PACK).read_bytes())
    states = {item.item.en: item.state for item in told.evidence}
    assert states["crossing by controlled interfaces only"] is state


def test_what_a_move_hands_over_is_believed_by_the_key_that_signed_it(tmp_path: Path) -> None:
    """Also the second time: the pack is written anew over the first, with another key."""
    planned = Planned(a_migration_plan(some_hosts(1)), an_environment(), FileMove(tmp_path))
    layout = Layout(tmp_path / "state")

    for _each in range(2):
        page = hand_over(planned, a_journal(), file_ports(layout))

        found = check_pack(handed_pack(Path(page).parent), FileKeys(layout.keys))
        assert (found.key.standing, found.pack.signed_by) == (Standing.OWN, name_of(layout.keys))
        keys.rotate(layout.keys)
        assert (
            check_pack(handed_pack(Path(page).parent), FileKeys(layout.keys)).key.standing is Standing.RETIRED
        )
