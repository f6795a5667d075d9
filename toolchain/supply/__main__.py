"""Writes the software bill: `python -m toolchain.supply [FILE]`, for `make sbom` and the gate `bill`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cmp.installation import HERE
from toolchain.supply.bill import bill, problems
from toolchain.supply.parts import every_part

USUAL = "dist/tricenter.cdx.json"


def main(words: Sequence[str]) -> int:
    """Write the bill and say what it holds; 1 where the specification has something against it."""
    root = HERE.packages
    file = Path(words[0]) if words else root / USUAL
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    parts = every_part(root)
    now = datetime.now(UTC)  # noqa: TID251 - the edge where the clock comes in
    text = bill(parts, project["version"], now)
    if wrong := problems(text):
        sys.stderr.write("".join(f"the bill is not CycloneDX: {each}\n" for each in wrong))
        return 1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{text}\n", encoding="utf-8")
    kinds = [part.kind for part in parts]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    sys.stdout.write(f"{file}: CycloneDX 1.6, valid: {counted}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
