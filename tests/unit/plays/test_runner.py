"""What plays are given is data: nothing of it is rendered, run or read as something else, on any way in."""

from __future__ import annotations

import json
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from support.hostile import everything

from cmp.plays.runner import Host, as_data, play

PLAYS = Path(__file__).parents[2] / "data" / "plays"


def here(**variables: Any) -> Host:
    """This machine, by Ansible's own way in that needs no network."""
    usual = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    return Host("here", usual | variables)


def test_every_text_comes_through_a_play_and_back_unchanged(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    texts = everything(mark)
    given = {"texts": texts, "deep": [{text: [text] for text in texts}], "number": 1, "yes": True, "no": None}

    outcome = play(
        str(PLAYS / "carry.yml"),
        [here(of_host=given, ansible_user=texts[0])],
        {"extra": given, "folder": str(tmp_path)},
    )

    came, answered = (json.loads((tmp_path / name).read_text()) for name in ("came", "answered"))
    assert not outcome.trouble(["here"])
    assert came["extra"] == came["of_host"] == given
    assert came["user"] == texts[0]
    assert came["within"] == f"<{texts[0]}>"
    assert came["each"] == "".join(f"{text}|" for text in texts)
    assert answered == came
    assert [each["msg"] for each in outcome.results["here"]["results"]] == texts
    assert not mark.exists()


def test_no_module_of_the_current_folder_is_taken_for_one_of_ansibles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "yaml", "random", "jinja2", "ansible", "encodings", "logging", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'a').write('{name} ')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f".::{tmp_path}")
    monkeypatch.setenv("ANSIBLE_INVENTORY_ENABLED", "script")

    outcome = play(str(PLAYS / "surroundings.yml"), [here()], {})

    told = outcome.results["here"]["msg"]
    assert told == {"checks_keys": True, "readers": ["yaml"], "python_path": ""}
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    "name", ["", "-oProxyCommand=x", "a,b", "web[1:9]", "a:b", "all:!a", "a b", "a\n", "{{ x }}"]
)
def test_a_name_that_could_be_more_than_one_host_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name of one host"):
        Host(name, {})


@pytest.mark.parametrize("key", ["__ansible_unsafe", "__ansible_vault", "__ansible_type"])
def test_a_key_that_ansible_reads_as_its_own_mark_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="a mark of Ansible's own"):
        as_data({"a": [{key: "x"}]})


@pytest.mark.parametrize("value", [ip_address("192.0.2.1"), Path("x"), b"x", {1, 2}, object()])
def test_what_is_no_plain_value_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be given to a play"):
        as_data({"a": value})


def test_half_of_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        as_data({"a": "\ud800"})
