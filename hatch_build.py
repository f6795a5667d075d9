"""Compiles the texts of all languages while a wheel is built, or Tricenter is installed from a checkout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent


class Catalogues(BuildHookInterface):  # type: ignore[type-arg]  # its parameter is the builder's configuration
    """What a wheel holds of `cmp/words`: catalogues, not the texts that they are made of."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile each language's texts beside them."""
        del version, build_data
        sys.path.insert(0, str(HERE))
        from cmp.words.catalogue import CATALOGUES  # noqa: PLC0415 - only this folder's own will do
        from cmp.words.compiling import compile_into  # noqa: PLC0415
        from cmp.words.languages import LANGUAGES  # noqa: PLC0415

        for language in LANGUAGES:
            texts = sorted((CATALOGUES / language).glob("*.po"))
            compile_into(CATALOGUES / f"{language}.mo", texts, language)
