"""Names within Kubernetes' limits: readable where that is certain, with a digest where it is not."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from cmp.model.base import ID
from cmp.model.recovery import Role
from stacks.objects import naming

IDS = st.from_regex(ID, fullmatch=True)
LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")


def test_ordinary_names_are_read_as_they_are_meant() -> None:
    assert (
        naming.namespace("lab", "marriage-registration", "private") == "lab--marriage-registration--private"
    )
    assert naming.row("web", Role.PRIMARY, "bj-a-k8s-kunpeng") == "web--primary--bj-a-k8s-kunpeng"


@given(IDS, IDS, IDS)
def test_every_name_is_a_label_that_begins_with_a_letter(one: str, two: str, three: str) -> None:
    for name, longest in (
        (naming.namespace(one, two, three), 63),
        (naming.row(one, Role.PRIMARY, two), 52),
        (naming.service(one), 63),
        (naming.members(one), 63),
        (naming.claim(one), 40),
    ):
        assert LABEL.fullmatch(name), name
        assert len(name) <= longest


@given(st.tuples(IDS, IDS, IDS), st.tuples(IDS, IDS, IDS))
def test_two_meanings_are_never_one_name(one: tuple[str, str, str], two: tuple[str, str, str]) -> None:
    assert (naming.namespace(*one) == naming.namespace(*two)) is (one == two)
