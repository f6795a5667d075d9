"""Names the tags that carried-out resources have, for those who set, read and judge them."""

from __future__ import annotations

PLAN = "plan"
CENTER = "center"
ZONE = "zone"
WORKLOAD = "workload"
COMPONENT = "component"
ROLE = "role"
POOL = "pool"
CHIP = "chip"
GRADE = "grade"
LEVEL = "level"
DATA_CLASS = "data-class"
DATA = "carries-data"
"""`yes` on what must not be deleted by accident: a stateful component, or one with data to replicate."""

YES = "yes"
NO = "no"
