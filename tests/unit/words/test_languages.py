"""Which language a locale means."""

import pytest

from cmp.words.languages import meant_by, of_surroundings


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en", "en"),
        ("en_GB.UTF-8", "en"),
        ("zh", "zh_Hans"),
        ("zh_CN.UTF-8", "zh_Hans"),
        ("zh_SG", "zh_Hans"),
        ("zh_TW.UTF-8", "zh_Hant"),
        ("zh_HK", "zh_Hant"),
        ("zh_MO@x", "zh_Hant"),
        ("zh-Hant", "zh_Hant"),
        ("ZH_HANS_HK", "zh_Hans"),
        ("zh_Hant_CN", "zh_Hant"),
        ("fr_FR.UTF-8", None),
        ("english", None),
        ("zhx", None),
        ("", None),
    ],
)
def test_a_locale_means_a_language(locale: str, language: str | None) -> None:
    assert meant_by(locale) == language


def test_the_first_variable_that_says_anything_counts() -> None:
    assert of_surroundings({"LC_ALL": "", "LC_MESSAGES": "zh_HK", "LANG": "en_US"}) == "zh_Hant"


@pytest.mark.parametrize("variables", [{}, {"LANG": "C.UTF-8"}, {"LC_ALL": "xx_YY.UTF-8", "LANG": "zh_CN"}])
def test_a_locale_that_is_not_there_is_english(variables: dict[str, str]) -> None:
    assert of_surroundings(variables) == "en"
