"""Defines what the new edge of a network that moves has to change, as text in its maker's language."""

from __future__ import annotations

from cmp.model.base import Document, Id


class RouterText(Document):
    """A change in one maker's language, and the text that takes it away again.

    `tried` says whether we did on such a router.
    `sources` is a script for nft(8) that drops foreign sources where a maker's own language has no filter.
    """

    maker: Id
    title: str
    tried: bool
    forward: str
    back: str
    sources: str = ""


class RouterTexts(Document):
    """The change of one edge in every language that is written; `notes` are what people have to add."""

    environment: Id
    network: Id
    router: Id
    interface: str
    texts: tuple[RouterText, ...]
    notes: tuple[str, ...] = ()
