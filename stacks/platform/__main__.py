"""Starts the platform program for the selected stack: `pulumi preview` in this folder."""  # noqa: INP001 - a project's folder, not a package

from stacks.names import Project
from stacks.programs.door import run
from stacks.programs.platform import platform

run(Project.PLATFORM, in_cluster=platform)
