"""Environments extend each other, documents may be folders, every file read is named with its hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

from support.environment_files import a_copy, codes_of, problems_of, replace_in

from cmp.loaders.loading import load
from cmp.model.codes import Code

CHILD = """\
name: child
title: {zh: 子環境, en: Child}
bindings: lab
extends: ../tiny
select: {workloads: [identity]}
"""


def a_child(folder: Path, text: str = CHILD) -> Path:
    a_copy(folder)
    child = folder / "child"
    child.mkdir()
    (child / "environment.yaml").write_text(text, encoding="utf-8")
    return child


def test_an_environment_takes_the_files_of_the_one_it_extends(tmp_path: Path) -> None:
    loaded = load(a_child(tmp_path))

    assert loaded.environment.name == "child"
    assert [workload.id for workload in loaded.environment.workloads] == ["identity"]
    assert len(loaded.environment.estate.centers) == 3


def test_its_own_file_replaces_the_one_below(tmp_path: Path) -> None:
    child = a_child(tmp_path)
    (child / "policy.yaml").write_text("objective: {cost: 7}\n", encoding="utf-8")

    loaded = load(child)

    assert loaded.environment.policy.objective.cost == 7
    assert "policy.yaml" in dict(loaded.sources)
    assert "../tiny/policy.yaml" not in dict(loaded.sources)


def test_every_file_that_was_read_is_named_with_its_hash(tmp_path: Path) -> None:
    child = a_child(tmp_path)

    sources = dict(load(child).sources)

    assert list(sources) == [
        "../tiny/calendars.yaml",
        "../tiny/environment.yaml",
        "../tiny/estate.yaml",
        "../tiny/network.yaml",
        "../tiny/policy.yaml",
        "../tiny/rescue-net.yaml",
        "../tiny/workloads.yaml",
        "environment.yaml",
        "policies/data/gbt-20988-2007.yaml",
        "policies/data/takeover-2026.yaml",
    ]
    content = (tmp_path / "tiny" / "estate.yaml").read_bytes()
    assert sources["../tiny/estate.yaml"] == hashlib.sha256(content).hexdigest()


def test_the_names_of_sources_do_not_depend_on_where_the_folder_lies(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()

    assert load(a_child(tmp_path / "here")).sources == load(a_child(tmp_path / "there")).sources


def test_init_files_are_read_and_kept(tmp_path: Path) -> None:
    loaded = load(a_copy(tmp_path))

    assert loaded.environment.init_files["cloud-init/web.yaml"].startswith("#cloud-config")
    assert "cloud-init/web.yaml" in dict(loaded.sources)


def test_two_environments_may_not_extend_each_other(tmp_path: Path) -> None:
    child = a_child(tmp_path)
    replace_in(tmp_path / "tiny" / "environment.yaml", "bindings", "extends: ../child\nbindings")

    [problem] = [problem for problem in problems_of(child) if problem.code == Code.BAD_EXTENDS]

    assert problem.file == str(tmp_path / "tiny" / "environment.yaml")
    assert "leads back" in problem.message


def test_what_is_extended_must_be_an_environment(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert Code.BAD_EXTENDS in codes_of(a_child(tmp_path, CHILD.replace("../tiny", "../empty")))


def test_environments_are_not_extended_without_end(tmp_path: Path) -> None:
    a_copy(tmp_path)
    for number in range(12):
        below = f"../layer-{number - 1}" if number else "../tiny"
        (tmp_path / f"layer-{number}").mkdir()
        text = CHILD.replace("../tiny", below)
        (tmp_path / f"layer-{number}" / "environment.yaml").write_text(text, encoding="utf-8")

    assert Code.BAD_EXTENDS in codes_of(tmp_path / "layer-11")


def test_selections_narrow_each_other(tmp_path: Path) -> None:
    child = a_child(tmp_path, CHILD.replace("[identity]", "[identity, marriage-registration]"))
    (tmp_path / "grandchild").mkdir()
    text = CHILD.replace("../tiny", "../child")
    (tmp_path / "grandchild" / "environment.yaml").write_text(text, encoding="utf-8")

    assert len(load(child).environment.workloads) == 2
    assert len(load(tmp_path / "grandchild").environment.workloads) == 1


def test_a_long_document_may_be_a_folder(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    whole = load(folder).environment
    text = (folder / "workloads.yaml").read_text(encoding="utf-8")
    first, second = text.split("  - id: identity", 1)
    (folder / "workloads.yaml").unlink()
    (folder / "workloads").mkdir()
    (folder / "workloads" / "a.yaml").write_text(first, encoding="utf-8")
    (folder / "workloads" / "b.yaml").write_text("workloads:\n  - id: identity" + second, encoding="utf-8")
    (folder / "workloads" / "README.md").write_text("words\n", encoding="utf-8")

    loaded = load(folder)

    assert loaded.environment == whole
    assert loaded.where("workloads", "workloads", 1, "id").file.endswith("b.yaml")


def test_a_field_may_not_stand_in_two_files_of_a_document(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "policy").mkdir()
    (folder / "policy.yaml").rename(folder / "policy" / "a.yaml")
    (folder / "policy" / "b.yaml").write_text("framework: {protection: x}\n", encoding="utf-8")

    [problem] = problems_of(folder)

    assert problem.code == Code.DUPLICATE_KEY
    assert problem.file.endswith("b.yaml")
    assert "a.yaml:1:1" in problem.hint


def test_a_document_is_a_file_or_a_folder_not_both(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "policy").mkdir()

    assert codes_of(folder) == [Code.AMBIGUOUS_FILE]


def test_a_folder_without_files_is_no_document(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "policy.yaml").unlink()
    (folder / "policy").mkdir()

    assert codes_of(folder) == [Code.EMPTY_FILE]


def test_a_file_of_another_kind_in_a_document_is_an_error(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "policy").mkdir()
    (folder / "policy.yaml").rename(folder / "policy" / "a.yaml")
    (folder / "policy" / "b.yml").write_text("rules: []\n", encoding="utf-8")

    [problem] = problems_of(folder)

    assert problem.code == Code.STRAY_FILE
    assert "`b.yaml`" in problem.hint


def test_a_file_that_nothing_reads_is_noted(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    (folder / "calendar.yaml").write_text("calendars: []\n", encoding="utf-8")

    [note] = [each for each in load(folder).notes if each.code == Code.STRAY_FILE]

    assert "`calendars.yaml`" in note.hint


def test_networks_that_overlap_are_noted_and_may_be_moved(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    line = "  - {id: rescue-net, secrecy: none, ipv4: 192.0.2.0/24"
    target = "target: {zone: public, center: bj-b}"
    other = f"  - {{id: old-net, ipv4: 192.0.2.0/25, hosts: rescue-net.yaml, {target}}}\n"
    replace_in(folder / "network.yaml", line, other + line)

    [note] = [each for each in load(folder).notes if each.code == Code.OVERLAP_NOTE]

    assert "`old-net`" in note.message


def test_the_place_of_every_value_can_be_asked(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)

    place = load(folder).where("estate", "clouds", 1, "kind")

    assert str(place) == f"{folder / 'estate.yaml'}:21:11", "an inherited value stands where its anchor is"


def test_an_environment_replaces_single_times_of_a_takeover(tmp_path: Path) -> None:
    child = a_child(tmp_path)
    measured = "{value: 25, provenance: measured, source: drill of June}"
    text = f"takeover: {{detect_seconds: {measured}, automatic_from_grade: 5}}\n"
    (child / "policy.yaml").write_text(text, encoding="utf-8")

    times = load(child).environment.takeover

    assert times is not None
    assert (times.detect_seconds.value, times.detect_seconds.provenance) == (25, "measured")
    assert times.automatic_from_grade == 5
    assert times.switch_seconds.provenance == "assumed"


def test_times_of_a_takeover_that_nobody_ships_are_refused(tmp_path: Path) -> None:
    child = a_child(tmp_path)
    (child / "policy.yaml").write_text("framework: {takeover: takeover-2025}\n", encoding="utf-8")

    (problem,) = problems_of(child)

    assert problem.code == Code.DANGLING
    assert "takeover-2026" in problem.hint
