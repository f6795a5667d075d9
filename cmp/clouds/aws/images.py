"""Finds the image that an instance is started from: one of the account's or the provider's, or a stand-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from cmp.clouds.aws.api import Api
from cmp.clouds.aws.noun import tags_of
from cmp.clouds.aws.sizes import ARCHITECTURES
from cmp.clouds.labels import IMAGE, PREFIX, STAND_IN
from cmp.errors import Invalid, Refused
from cmp.sentences import Sentence

OWN, PROVIDER = "self", "amazon"
"""Whose images are taken by name: anybody can make one public under any name."""

_ROOT_DEVICE = "/dev/sda1"
_ID = "ami-"

Listed = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Image:
    """An image in this cloud; a stand-in only holds the place of the one that was asked for."""

    id: str
    stand_in: bool
    root_device: str


def find_image(api: Api, reference: str, isa: str) -> Image:
    """Find the image with the reference as its id, its tag `tricenter:image` or its name, else a stand-in.

    By tag and name the account's own images count, and by name the provider's where the account has none;
    another account's are taken by their id alone.

    Raises:
        Refused: several images answer to it: any of them could be meant.
        Invalid: the cloud has neither.
    """
    for query, owner in _questions(reference):
        found = [known for known in _images(api, isa, query, owner) if not _stands_in(known)]
        if found:
            return _image(_one(api, reference, found), stand_in=False)
    if found := _images(api, isa, {f"tag:{PREFIX}{STAND_IN}": "yes"}, OWN):
        return _image(_one(api, f"stand-in for {isa}", found), stand_in=True)
    strangers = [image for image in _images(api, isa, {"name": reference}, "") if not _stands_in(image)]
    others = f"; of other accounts: {_said(strangers)}" if strangers else ""
    raise Invalid(
        Sentence(
            "cloud {cloud}: there is no image {reference} for {isa}, and no stand-in for {isa}{others}",
            cloud=api.cloud,
            reference=reference,
            isa=isa,
            others=others,
        ),
        hint=Sentence(
            "register it, name the id of the one that is meant, or tag one {PREFIX}{STAND_IN}=yes",
            PREFIX=PREFIX,
            STAND_IN=STAND_IN,
        ),
    )


def _questions(reference: str) -> Sequence[tuple[Mapping[str, str], str]]:
    """What is asked one after another: a filter, and whose images (empty: everybody's)."""
    by_id = [({"image-id": reference}, "")] if reference.startswith(_ID) else []
    by_tag, by_name = {f"tag:{PREFIX}{IMAGE}": reference}, {"name": reference}
    return (*by_id, (by_tag, OWN), (by_name, OWN), (by_name, PROVIDER))


def _one(api: Api, asked: str, found: Sequence[Listed]) -> Listed:
    if len(found) > 1:
        raise Refused(
            Sentence(
                "cloud {cloud}: {found} images answer to {asked}: {found2}; none was taken",
                cloud=api.cloud,
                found=len(found),
                asked=asked,
                found2=_said(found),
            ),
            hint="name the id of the one that is meant as the image, or take name or tag off the others",
        )
    return found[0]


def _said(images: Sequence[Listed]) -> str:
    return ", ".join(
        sorted(f"{image['ImageId']} (owner {image.get('OwnerId', 'unknown')})" for image in images)
    )


def _stands_in(image: Listed) -> bool:
    return tags_of(image).get(PREFIX + STAND_IN) == "yes"


def _image(image: Listed, *, stand_in: bool) -> Image:
    return Image(image["ImageId"], stand_in, image.get("RootDeviceName") or _ROOT_DEVICE)


def _images(api: Api, isa: str, query: Mapping[str, str], owner: str) -> list[Listed]:
    """Images of an instruction set that can be started."""
    filters = {"architecture": ARCHITECTURES.get(isa, ""), **query}
    asked: Any = [{"Name": name, "Values": [value]} for name, value in filters.items()]
    owners: Any = {"Owners": [owner]} if owner else {}
    answer = api.ask("describe images", lambda c: c.describe_images(Filters=asked, **owners))
    images = cast("list[Listed]", answer["Images"])
    return [image for image in images if image.get("State", "available") == "available"]
