"""A Plan is kept and shown before anything is looked for further; what was cut short looks no further."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.at_hand import Heard, means_at
from support.environment_files import replace_in

from cmp.errors import Invalid
from cmp.means import Means
from cmp.model.horizon import Horizon
from cmp.model.references import EnvironmentRef
from cmp.services.planning.describing import Question, explain
from cmp.services.planning.keeping import KeptPlan
from cmp.services.planning.making import look_ahead, make
from cmp.services.planning.planning import Wish
from cmp.services.planning.proofs import ProofWish, prove
from cmp.services.planning.reading import validate
from cmp.settings import Layout
from cmp.store import plans
from cmp.words.languages import SIMPLIFIED
from cmp.words.sentences import spoken

ROOT = Path(__file__).parents[4]
QUICK = Wish(effort=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "inventories" / "starter", tmp_path / "starter"))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def means(tmp_path: Path, heard: Heard) -> Means:
    return means_at(tmp_path / "state", heard=heard)


def crowd(folder: Path) -> None:
    """Ask for more than there is."""
    replace_in(folder / "workloads.yaml", "replicas: 2", "replicas: 400")


def test_a_plan_is_kept_before_it_is_shown(means: Means, folder: Path) -> None:
    found = list[bytes]()

    made = make(
        means, EnvironmentRef.of(folder), QUICK, show=lambda kept: found.append(Path(kept.name).read_bytes())
    )

    assert found == [made.kept.plan.to_json()]
    assert made.kept.name == str(Layout(means.workshop.root).plan("starter"))
    assert made.document == json.loads(found[0])
    assert not made.leaves_out


def test_what_finds_no_place_is_told_with_whose_room_it_lacks(means: Means, folder: Path) -> None:
    crowd(folder)
    shown = list[KeptPlan]()

    made = make(means, EnvironmentRef.of(folder), QUICK, show=shown.append)

    assert made.leaves_out
    assert "whose" in made.document
    assert shown[0].unplaced
    assert not {spoken(each, SIMPLIFIED) for each in shown[0].unplaced} & {*shown[0].unplaced}


def test_what_was_interrupted_is_kept_and_looked_at_no_further(
    means: Means, folder: Path, heard: Heard
) -> None:
    crowd(folder)
    cut_short = Wish(effort=0, interrupted=lambda: True)

    made = make(means, EnvironmentRef.of(folder), cut_short)
    ahead = look_ahead(means, EnvironmentRef.of(folder), cut_short, "30d")

    assert made.interrupted
    assert ahead.interrupted
    assert "whose" not in made.document
    assert ahead.ahead is None
    assert plans.load(Path(made.kept.name)) == made.kept.plan
    assert not [line for line in heard.lines if "stand in the way" in line]


def test_what_lies_ahead_is_kept_beside_the_plan(means: Means, folder: Path) -> None:
    made = look_ahead(means, EnvironmentRef.of(folder), QUICK, "30d")

    assert made.ahead is not None
    assert Path(made.ahead.name) == Path(made.kept.name).with_name("starter.horizon.json")
    assert Horizon.model_validate_json(Path(made.ahead.name).read_bytes()) == made.ahead.horizon
    assert made.document["hash"] == made.kept.plan.hash
    assert made.document["phases"] == made.ahead.horizon.document["phases"]


@pytest.mark.parametrize("until", ["tomorrow", "30", "11y", ""])
def test_a_horizon_that_is_none_is_refused_before_anything_is_planned(
    means: Means, folder: Path, until: str
) -> None:
    with pytest.raises(Invalid, match="horizon"):
        look_ahead(means, EnvironmentRef.of(folder), QUICK, until)

    assert not Layout(means.workshop.root).plans.exists()


def test_a_proof_is_of_the_plan_of_a_file_or_of_the_one_at_hand(means: Means, folder: Path) -> None:
    made = make(means, EnvironmentRef.of(folder), QUICK)

    by_file = prove(means, EnvironmentRef.of(folder), ProofWish(made.kept.name, additions=False))
    at_hand = prove(means, EnvironmentRef.of(folder), ProofWish(additions=False))

    assert by_file.document == at_hand.document
    assert by_file.proof.failures


def test_a_side_is_explained_in_both_languages(means: Means, folder: Path) -> None:
    found = explain(means, EnvironmentRef.of(folder), Question("portal", None, None), changes=False)

    assert len(found.sentences) == len(found.explanation.sides)
    assert not {spoken(each, SIMPLIFIED) for each in found.sentences} & {*found.sentences}


def test_the_notes_of_a_valid_environment_are_reported(means: Means, folder: Path, heard: Heard) -> None:
    (folder / "estat.yaml").write_text("clouds: []\n", encoding="utf-8")

    found = validate(means, EnvironmentRef.of(folder))

    assert found.document["environment"] == "starter"
    assert [Path(note["file"]).name for note in found.document["notes"]] == ["estat.yaml"]
    assert "estat.yaml" in heard.lines[0]
