"""Nothing in the repository points at one machine or at one download host."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:work|root|home/\w+|Users/\w+)/")
HOSTS = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "proxy." + "golang.org",
    "sum." + "golang.org",
    "npm" + "js.org",
)


def texts(tracked: tuple[Path, ...]) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8", errors="replace") for path in tracked}


def test_no_file_names_a_path_of_one_machine(root: Path, tracked: tuple[Path, ...]) -> None:
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for path, text in texts(tracked).items()
        if (match := MACHINE_PATHS.search(text))
    ]

    assert found == []


def test_no_file_names_a_package_registry(root: Path, tracked: tuple[Path, ...]) -> None:
    found = [
        f"{path.relative_to(root)}: {host}"
        for path, text in texts(tracked).items()
        for host in HOSTS
        if host in text.lower()
    ]

    assert found == []


def test_no_build_product_or_state_is_tracked(root: Path, tracked: tuple[Path, ...]) -> None:
    products = (".venv", ".toolchain", ".tricenter", "__pycache__")

    assert [path for path in tracked if set(path.relative_to(root).parts) & set(products)] == []


def test_every_command_of_the_project_can_be_loaded(root: Path) -> None:
    scripts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    installed = {
        entry.name: entry for entry in entry_points(group="console_scripts") if entry.name in scripts
    }

    assert {name: entry.value for name, entry in installed.items()} == scripts
    assert all(callable(entry.load()) for entry in installed.values())
