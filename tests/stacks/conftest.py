"""Gives programs a small Plan on Pulumi's own mocks, and with the marker `engine` the real engine.

There the clouds are a lab of the test session: an AWS-compatible cloud in memory, one region a center.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.leased import Carrying, a_leased_plan
from support.small_plan import a_small_plan

from cmp.clouds.binding import Files
from cmp.installation import HERE
from cmp.model.estate import CloudKind
from cmp.model.plan import Plan
from lab.aws.cloud import AwsLab
from lab.registry import aws_lab
from stacks.engine.ready import ready
from stacks.engine.removing import destroy
from stacks.engine.workplace import Workplace
from toolchain.engine import ensure

logging.getLogger("asyncio").addFilter(lambda record: "never retrieved" not in record.getMessage())
"""Pulumi keeps the futures of a program that failed until Python ends, which prints each: 6,000 lines."""


@pytest.fixture
def plan() -> Plan:
    """Three OpenStack centers and a leased AWS cloud; servers, a container, a cold side and a backup."""
    return a_small_plan()


@pytest.fixture(scope="session")
def leased_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsLab]:
    """The clouds of `a_leased_plan`, started once."""
    lab = aws_lab(a_leased_plan().environment.estate, tmp_path_factory.mktemp("lab"))
    lab.up(print)
    yield lab
    lab.down(print)


@pytest.fixture
def carrying(leased_lab: AwsLab, tmp_path: Path) -> Iterator[Carrying]:
    """A workplace with an empty state; what a test leaves in the clouds is destroyed."""
    access = Files(aws_config=leased_lab.config_file, aws_credentials=leased_lab.credentials_file)
    place = Workplace(ensure(HERE.toolchain(), print), tmp_path / "state", access, backend="", run="test")
    with ready(place, [CloudKind.AWS]) as quick:
        yield Carrying(quick, tmp_path)
        destroy(quick, "engine")
