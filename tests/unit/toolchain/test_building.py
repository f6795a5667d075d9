from __future__ import annotations

from toolchain.building import without_requirements
from toolchain.golang import SOURCES
from toolchain.versions import ENGINE


def test_another_version_starts_without_the_pinned_requirements() -> None:
    module = """module m

go 1.25

tool t

require (
\ta v1 // indirect
\tb v2
)

require c v3

replace a => d v4
"""

    left = without_requirements(module)

    assert [line for line in left.splitlines() if line] == [
        "module m",
        "go 1.25",
        "tool t",
        "replace a => d v4",
    ]


def test_our_own_module_keeps_its_tool_and_its_replacement() -> None:
    left = without_requirements((SOURCES / ENGINE.folder / "go.mod").read_text(encoding="utf-8"))

    assert f"tool {ENGINE.package}" in left
    assert "replace github.com/atotto/clipboard" in left
    assert "// indirect" not in left
