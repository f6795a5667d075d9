"""Reading an environment: a rule that does not exist is noted at its place."""

import shutil
from pathlib import Path

from support.at_hand import means_at

from cmp.model.references import EnvironmentRef
from cmp.services.planning.reading import read

ROOT = Path(__file__).parents[4]
PORTS = means_at(Path("nowhere")).ports


def test_a_misspelt_rule_is_noted_with_the_nearest_one(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "inventories", tmp_path, dirs_exist_ok=True)
    policy = tmp_path / "reference" / "policy.yaml"
    policy.write_text(
        policy.read_text(encoding="utf-8").replace("id: zone-served", "id: zone-serve"), encoding="utf-8"
    )

    notes = [str(note) for note in read(EnvironmentRef.of(tmp_path / "reference"), PORTS).notes]

    (note,) = [note for note in notes if "zone-serve`" in note]
    assert "did you mean `zone-served`?" in note
    assert "policy.yaml:" in note


def test_the_rules_of_the_reference_exist() -> None:
    assert [
        note
        for note in read(EnvironmentRef.of(ROOT / "inventories" / "reference"), PORTS).notes
        if note.code == "dangling"
    ] == []
