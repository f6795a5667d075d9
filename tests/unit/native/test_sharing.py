"""What one clone compiled no other compiles again, and what changed is never taken for what it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.toys import FUNCTIONS, RESULT, Toys


@pytest.fixture
def toys(tmp_path: Path) -> Toys:
    return Toys(tmp_path / "first", tmp_path / "cache").written()


def another(toys: Toys) -> Toys:
    return Toys(toys.folder.parent / "second", toys.cache)


def test_a_second_clone_compiles_nothing(toys: Toys) -> None:
    first, second = toys.run(), another(toys).written().run()

    assert first.compiled
    assert second.lines == (RESULT,)
    assert first.result == RESULT
    assert len(toys.kept) == 1


def test_progress_counts_every_function(toys: Toys) -> None:
    said = toys.run().lines

    counts = [line.rpartition(": ")[2] for line in said[:-1]]
    assert counts[0] == f"0 of {FUNCTIONS}"
    assert counts[-1] == f"{FUNCTIONS} of {FUNCTIONS}"


def test_a_constant_changed_in_another_file_is_seen(toys: Toys) -> None:
    toys.run()

    changed = another(toys).written(constants="STEP = 5\n").run()

    assert changed.compiled
    assert changed.result == "[10, 11, 12]"
    assert toys.run().lines == (RESULT,)


@pytest.mark.parametrize(
    "variables", [{"NUMBA_OPT": "1"}, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}]
)
def test_another_processor_or_setting_gets_code_of_its_own(toys: Toys, variables: dict[str, str]) -> None:
    toys.run()

    other = Toys(toys.folder, toys.cache, variables=variables).run()

    assert other.compiled
    assert len(toys.kept) == 2


def test_of_two_at_once_one_waits_for_the_other(toys: Toys) -> None:
    with toys.started() as first:
        assert first.stdout is not None
        assert "0 of" in first.stdout.readline()

        second = another(toys).written().run()

        assert second.lines == ("another process is compiling the toy: waiting for it", RESULT)
        assert first.stdout.read().splitlines()[-1] == RESULT


def test_one_killed_while_it_compiles_leaves_nothing_in_the_way(toys: Toys) -> None:
    with toys.started() as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        process.wait()
    assert toys.kept == []

    again = toys.run()

    assert again.compiled
    assert again.result == RESULT


@pytest.mark.parametrize("torn", ["cut", "changed", "empty"])
def test_a_damaged_file_is_told_and_compiled_anew(toys: Toys, torn: str) -> None:
    toys.run()
    (file,) = toys.kept
    held = file.read_bytes()
    file.write_bytes(
        {
            "cut": held[: len(held) // 2],
            "changed": held[:-9] + bytes([held[-9] ^ 1]) + held[-8:],
            "empty": b"",
        }[torn]
    )

    again = toys.run()

    assert again.lines[0] == f"{file} is damaged: the toy is compiled anew"
    assert again.compiled
    assert toys.run().lines == (RESULT,)


def test_what_the_compiler_cannot_be_told_by_annotations_is_refused(toys: Toys) -> None:
    said = toys.written(
        __main__="import numpy as np\nfrom toys.loops import climb\nclimb(np.zeros(3), 2)\n"
    ).run()

    assert "toys.loops.climb takes" in said.err
    assert "float64" in said.err


def test_a_loop_of_no_unit_is_not_called_from_outside(toys: Toys) -> None:
    said = toys.written(__main__="from toys.loops import step\nstep(1)\n").run()

    assert "toys.loops.step is called by compiled loops" in said.err
