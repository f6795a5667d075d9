"""The arguments that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

from cmp.model.references import EnvironmentRef

EnvironmentNamed = Annotated[
    EnvironmentRef,
    typer.Argument(
        parser=EnvironmentRef.of, metavar="ENV", help="A folder of YAML; `tricenter init` writes one."
    ),
]
PlanNamed = Annotated[str, typer.Argument(metavar="PLAN", help="A Plan that `tricenter plan` wrote.")]
