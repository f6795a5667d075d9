"""Installs the wheel once a session: where its owner runs it, and where a user without rights does."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from support.installing import Installed, build, dropping, install, readable_python
from support.needs import skip_without


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this repository."""
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own."""
    return install(wheel, tmp_path_factory.mktemp("installed") / "venv", Path(sys.executable))


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that other users may look into, as those of pytest are not."""
    folder = Path(mkdtemp(prefix="tricenter-wheel-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def shared(wheel: Path, open_folder: Path) -> Installed:
    """The wheel as an administrator installs it for everybody: those who run it cannot write there."""
    skip_without("setpriv", root=False)
    compiled = open_folder / "bytecode"
    compiled.mkdir()
    compiled.chmod(0o777)
    return install(wheel, open_folder / "venv", readable_python(), dropping())


@pytest.fixture
def own(open_folder: Path, request: pytest.FixtureRequest) -> Path:
    """A home of the user without rights."""
    folder = open_folder / re.sub(r"\W+", "-", request.node.name)
    folder.mkdir()
    if dropping():
        shutil.chown(folder, "nobody", "nogroup")
    assert os.access(folder, os.W_OK)
    return folder
