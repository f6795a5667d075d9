"""A sentence for people that still knows what it was made of, so that it can be said in other languages."""

from __future__ import annotations

from typing import Self

BETWEEN = ", "
"""Stands between the parts of a list in English."""


class Sentence(str):
    """An English sentence with its template, which names it in every catalogue, and the template's values.

    It is the text itself wherever a text is wanted: in logs, documents, comparisons. A value may be a
    sentence too, an error that has one, or a tuple of texts, which are listed.
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """The sentence that a template (as `str.format` takes it) comes to with values."""
        told = {name: _listed(value) for name, value in values.items()}
        return cls._made(template.format(**told), template, values)

    @classmethod
    def called(cls, key: str, text: str) -> Self:
        """A word or sentence whose English text alone does not name it, such as a role's."""
        return cls._made(text, key, {})

    def told_as(self, text: str) -> Self:
        """The same with another English text, as a document holds it."""
        return self._made(text, self.template, self.values)

    @classmethod
    def _made(cls, text: str, template: str, values: dict[str, object]) -> Self:
        made = super().__new__(cls, text)
        made.template, made.values = template, values
        return made

    def __reduce__(self) -> tuple[object, ...]:
        """What a copy is made of, also in another process."""
        return type(self)._made, (str(self), self.template, self.values)  # noqa: SLF001 - ours


def _listed(value: object) -> object:
    return BETWEEN.join(map(str, value)) if isinstance(value, tuple) else value
