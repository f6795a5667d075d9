"""Packages are houses of few rooms: no circle, no arrow up, and ARCHITECTURE.md shows what there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.rooms import House, house_of

CEILINGS = {"scheduler": (20, 10, 70), "services": (13, 6, 24), "network": (8, 4, 8)}
"""At most so many rooms, floors and arrows; a house that needs more needs another cut."""


def numbers(house: House) -> tuple[int, int, int]:
    return len(house.rooms), max(house.floors.values()), house.count


@pytest.mark.parametrize("name", sorted(CEILINGS))
def test_a_package_stays_a_house_of_few_rooms(root: Path, name: str) -> None:
    house = house_of(root / "cmp" / name, f"cmp.{name}")

    rooms, floors, arrows = numbers(house)

    print(f"cmp.{name}: {rooms} rooms, {floors} floors, {arrows} arrows")  # noqa: T201 - a figure to read
    assert all(have <= most for have, most in zip((rooms, floors, arrows), CEILINGS[name], strict=True))


def test_the_architecture_shows_the_rooms_of_the_scheduler_as_they_are(root: Path) -> None:
    house = house_of(root / "cmp" / "scheduler", "cmp.scheduler")
    page = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")

    rooms, floors, arrows = numbers(house)

    assert house.drawn() in page
    assert f"{rooms} rooms, {floors} floors, {arrows} arrows" in page


def test_a_circle_of_rooms_is_named(tmp_path: Path) -> None:
    (tmp_path / "upper.py").write_text("from house.lower import step\n")
    (tmp_path / "lower.py").write_text("from house.upper import roof\n")

    with pytest.raises(ValueError, match="a circle: lower -> upper -> lower"):
        _ = house_of(tmp_path, "house").floors


def test_a_folder_with_its_subfolders_is_one_room(tmp_path: Path) -> None:
    (tmp_path / "room" / "corner").mkdir(parents=True)
    (tmp_path / "room" / "corner" / "chair.py").write_text("from house.cellar import wine\n")
    (tmp_path / "room" / "door.py").write_text(
        "from house.room.corner import chair\nfrom house import cellar\n"
    )
    (tmp_path / "cellar.py").write_text("")

    house = house_of(tmp_path, "house")

    assert numbers(house) == (2, 2, 1)
