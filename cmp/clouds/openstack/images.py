"""Finds the image that a server is started from: the wanted one for its instruction set, or a stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cmp.clouds.openstack.api import Api
from cmp.errors import Invalid, Refused
from cmp.sentences import Sentence

_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64", "riscv64": "riscv64"}
_DIGEST = "@"


@dataclass(frozen=True, slots=True)
class Image:
    """An image in this cloud; a stand-in only holds the place of the one that was asked for."""

    id: str
    stand_in: bool


def find_image(api: Api, reference: str, isa: str) -> Image:
    """Find the image with the reference as its id or name and that instruction set, else a stand-in.

    `name@sha512:…` asks for the content, too. By name, the project's own image goes before one that the
    cloud's operators made public or that the project accepted from another; those of the community, which
    anybody can put there, are taken by their id alone.

    Raises:
        Refused: several images of the same standing have the name: any of them could be meant.
        Invalid: the cloud has neither.
    """
    images = api.recall("images", lambda: _listed(api))
    wanted: tuple[Callable[[Any], bool], ...] = (
        lambda known: known.id == reference,
        lambda known: _is_called(known, reference),
    )
    for is_wanted in wanted:
        if found := _one(
            api, reference, (known for known in images if is_wanted(known) and _fits(known, isa))
        ):
            return Image(found.id, stand_in=False)
    if found := _one(api, f"stand-in for {isa}", (known for known in images if _stands_in(known, isa))):
        return Image(found.id, stand_in=True)
    raise Invalid(
        Sentence(
            "cloud {cloud}: there is no image {reference} for {isa}, and no stand-in for {isa}",
            cloud=api.cloud,
            reference=reference,
            isa=isa,
        ),
        hint="upload it, or an image with the properties tricenter_stand_in=yes and tricenter_isa",
    )


def _one(api: Api, asked: str, found: Iterable[Any]) -> Any:
    """The only one among the project's own, else among those it was given; never one of several."""
    candidates = list(found)
    own = [image for image in candidates if image.owner == api.project]
    standing = own or candidates
    if len(standing) > 1:
        said = ", ".join(
            f"{image.id} (owner {image.owner})" for image in sorted(standing, key=lambda i: i.id)
        )
        raise Refused(
            Sentence(
                "cloud {cloud}: {standing} images answer to {asked}: {said}; none was taken",
                cloud=api.cloud,
                standing=len(standing),
                asked=asked,
                said=said,
            ),
            hint="name the id of the one that is meant as the image, or give the others another name",
        )
    return standing[0] if standing else None


def _listed(api: Api) -> list[Any]:
    """Images that can be started."""
    return api.ask("list images", lambda c: list(c.image.images(status="active")))


def _is_called(image: Any, reference: str) -> bool:
    """By its name; with a digest, also by its content."""
    name, _, digest = reference.partition(_DIGEST)
    if image.visibility == "community" or image.name not in (reference, name):
        return False
    return image.name == reference or f"{image.hash_algo}:{image.hash_value}" == digest


def _stands_in(image: Any, isa: str) -> bool:
    said = {"tricenter_stand_in": "yes", "tricenter_isa": isa}
    return image.visibility != "community" and all(
        _property(image, name) == value for name, value in said.items()
    )


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
