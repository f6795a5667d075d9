"""Finds the image that a server is started from: the wanted one for its instruction set, or a stand-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmp.clouds.openstack.api import Api
from cmp.errors import Invalid

_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64", "riscv64": "riscv64"}


@dataclass(frozen=True, slots=True)
class Image:
    """An image in this cloud; a stand-in only holds the place of the one that was asked for."""

    id: str
    stand_in: bool


def find_image(api: Api, reference: str, isa: str) -> Image:
    """Find the image with the reference as its name and that instruction set, else a stand-in of the set.

    Raises:
        Invalid: the cloud has neither.
    """
    images = api.recall("images", lambda: _listed(api))
    for known in images:
        if known.name == reference and _fits(known, isa):
            return Image(known.id, stand_in=False)
    for known in images:
        if _property(known, "tricenter_stand_in") == "yes" and _property(known, "tricenter_isa") == isa:
            return Image(known.id, stand_in=True)
    raise Invalid(
        f"cloud {api.cloud}: there is no image {reference} for {isa}, and no stand-in for {isa}",
        hint="upload it, or an image with the properties tricenter_stand_in=yes and tricenter_isa",
    )


def _listed(api: Api) -> list[Any]:
    """Images that can be started, the newest first."""
    images = api.ask("list images", lambda c: list(c.image.images(status="active")))
    return sorted(images, key=lambda image: (str(image.created_at), image.id), reverse=True)


def _fits(image: Any, isa: str) -> bool:
    said = _property(image, "tricenter_isa")
    return (
        said == isa
        if said
        else (image.hw_architecture or _property(image, "hw_architecture")) == (_ARCHITECTURES.get(isa))
    )


def _property(image: Any, name: str) -> str | None:
    value = (image.properties or {}).get(name)
    return str(value) if value is not None else None
