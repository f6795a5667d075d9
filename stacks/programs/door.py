"""Lets a project folder's `__main__.py` find its Plan and its center, as plain `pulumi preview` starts it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pulumi

from cmp.clouds.binding import Files
from cmp.errors import CmpError
from cmp.model.plan import Plan
from cmp.store.plans import load
from stacks.names import Project, StackName
from stacks.programs.rows import clusters_of

PLAN = "TRICENTER_PLAN"

Program = Callable[[Plan, str, Files], None]


def run(project: Project, in_center: Program | None = None, in_cluster: Program | None = None) -> None:
    """Run the program of the selected stack; clouds are reached as their own clients find them.

    Raises:
        RunError: no Plan is named, it cannot be read, it is for another environment than the stack, or the
            project has nothing to do where the stack is.
    """
    try:
        stack = StackName.within(project, pulumi.get_stack())
        plan = load(_plan_file())
    except (CmpError, ValueError) as error:
        raise pulumi.RunError(str(error)) from error
    if plan.environment.name != stack.environment:
        raise pulumi.RunError(
            f"the plan is for the environment {plan.environment.name}, the stack {stack} is not"
        )
    if stack.center in clusters_of(plan):
        program = in_cluster
    elif stack.center in plan.environment.estate.center:
        program = in_center
    else:
        raise pulumi.RunError(f"the environment {stack.environment} has no center {stack.center}")
    if program is None:
        raise pulumi.RunError(f"nothing of {project} stands in {stack.center}")
    program(plan, stack.center, Files())


def _plan_file() -> Path:
    named = pulumi.Config("tricenter").get("plan") or os.environ.get(PLAN)
    if not named:
        raise pulumi.RunError(f"no plan is named: pulumi config set tricenter:plan FILE, or set {PLAN}=FILE")
    return Path(named)
