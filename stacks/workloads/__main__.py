"""Starts the workloads program for the selected stack: `pulumi preview` in this folder."""  # noqa: INP001 - a project's folder, not a package

from stacks.names import Project
from stacks.programs.containers import containers
from stacks.programs.door import run
from stacks.programs.workloads import workloads

run(Project.WORKLOADS, workloads, in_cluster=containers)
