"""The arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EnvironmentPath = Annotated[
    Path, typer.Argument(metavar="ENV", help="A folder of YAML; `tricenter init` writes one.")
]
PlanPath = Annotated[Path, typer.Argument(metavar="PLAN", help="A Plan that `tricenter plan` wrote.")]
