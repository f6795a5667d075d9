"""What a model objects to comes out as a sentence for each thing that is wrong, with place and remedy."""

from __future__ import annotations

from cmp.errors import Problem
from cmp.loaders.composing import compose
from cmp.loaders.fields import known_fields
from cmp.loaders.validating import validate
from cmp.model.base import Document
from cmp.model.estate import Estate
from cmp.model.network import HostList, Ipv4Plan
from cmp.model.wishes import Expose
from cmp.model.workload import Workload


def problems(model: type[Document], text: str) -> list[Problem]:
    node, _ = compose(text, "file.yaml")
    assert node is not None
    return sorted(validate(model, node)[1])


def test_every_missing_field_is_told() -> None:
    found = problems(Estate, "reference_chip: x\nlinks: []\n")

    assert [problem.message for problem in found] == [
        f"the field `{name}` is missing" for name in ("centers", "chips", "clouds", "locations", "pools")
    ]


def test_a_value_that_fits_none_of_several_types_is_one_problem() -> None:
    [problem] = problems(HostList, "hosts: [{name: a, addresses: [printer]}]")

    assert str(problem).startswith("file.yaml:1:31: impossible: `hosts[0].addresses[0]`: ")


def test_a_list_is_not_called_short_for_what_is_wrong_in_it() -> None:
    text = "{id: a, title: {zh: a, en: a}, owner: a, mlps_level: 1, data_class: [], zone: a, "
    found = problems(Workload, text + "recovery: {grade: 1}, components: [{id: a}]}")

    assert [problem.message for problem in found] == [
        "`data_class` should have at least 1 item, not 0",
        "the field `images` is missing in `components[0]`",
        "the field `needs` is missing in `components[0]`",
    ]


def test_a_number_with_its_unit_is_answered_with_where_the_unit_stands() -> None:
    [problem] = problems(Expose, "{port: 443tcp, from: a}")

    assert problem.message == '`port` should be a whole number, not "443tcp"'
    assert problem.hint == "write digits alone, without quotes; the unit is in the field's name"


def test_a_range_that_does_not_begin_where_it_should_is_answered_with_the_one_that_does() -> None:
    [problem] = problems(Ipv4Plan, "{supernet: 10.64.0.1/12}")

    assert problem.message == "`supernet`: 10.64.0.1/12 has host bits set"
    assert problem.hint == "write 10.64.0.0/12"


def test_a_misspelt_field_is_answered_with_one_that_is_not_there_yet() -> None:
    [problem] = problems(Expose, "{port: 443, from: a, form: b}")

    assert problem.message == "there is no field `form`"
    assert problem.hint == "known: protocol"


def test_long_values_are_shown_in_part() -> None:
    [problem] = problems(Expose, f"{{port: 443, from: {'x' * 500}}}")

    assert len(problem.message) < 200


def test_fields_are_known_through_lists_maps_and_options() -> None:
    assert known_fields(Workload, ("components", 0, "exposes", 1)) == ("port", "protocol", "from")
    assert known_fields(Workload, ("components", 0, "quorum")) == ("members", "per_center", "needed")
    assert "value" in known_fields(Workload, ("components", 0, "performance", "kunpeng-920"))
    assert known_fields(Workload, ("id", "x")) == ()
