"""Makes flavors: sizes of servers, bound to the chip and the accelerators of a pool."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cmp.clouds.base import FoundResource, Mark, Wish
from cmp.clouds.labels import accelerator_class, chip_trait, from_strings, labels, to_strings, wished
from cmp.clouds.openstack.api import Api

_PREFIX = "tricenter-"
_SIZE = ("name", "vcpus", "memory_mib", "disk_gib", "chip", "accelerators")


class Flavors:
    """Flavors of the cloud; only an administrator may make them.

    The id is ours: it holds the key, so that it can be found, and a digest of the size, so that another
    size is another id.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    def find(self, mark: Mark) -> FoundResource | None:
        """Look for it by its id."""
        known = self._api.ask("list flavors", lambda c: list(c.compute.flavors(is_public=None)))
        made = [flavor for flavor in known if flavor.id.startswith(f"{_PREFIX}{mark.key}-")]
        for spare in sorted(made, key=lambda flavor: str(flavor.id))[1:]:
            self.delete(spare.id)
        return self.read(min(flavor.id for flavor in made)) if made else None

    def create(self, wish: Wish, mark: Mark) -> FoundResource:
        """Make it with its extra specs."""
        size = {name: wish.get(name) for name in _SIZE}
        digest = hashlib.sha256(json.dumps(size, sort_keys=True).encode()).hexdigest()[:12]
        made = self._api.ask(
            "create flavor",
            lambda c: c.compute.create_flavor(
                id=f"{_PREFIX}{mark.key}-{digest}",
                name=wish["name"],
                vcpus=wish["vcpus"],
                ram=wish["memory_mib"],
                disk=wish["disk_gib"],
                description=",".join(to_strings(_description(wish, mark))),
            ),
        )
        return self.update(made.id, wish, frozenset({"extra_specs"}), mark)

    def read(self, ref: str) -> FoundResource | None:
        """Describe it as it is."""
        made = self._api.look("read flavor", lambda c: c.compute.get_flavor(ref, get_extra_specs=True))
        return FoundResource(made.id, state_of(made)) if made is not None else None

    def update(self, ref: str, wish: Wish, changed: frozenset[str], mark: Mark) -> FoundResource:  # noqa: ARG002
        """Bring the extra specs in line; everything else needs a new flavor."""
        made = self._api.ask("read flavor", lambda c: c.compute.get_flavor(ref, get_extra_specs=True))
        have, wanted = dict(made.extra_specs or {}), _specs(wish)
        for name in sorted(set(have) - set(wanted)):
            self._drop(ref, name)
        if have != wanted and wanted:
            self._api.ask("set extra specs", lambda c: c.compute.create_flavor_extra_specs(made, wanted))
        found = self.read(ref)
        return found or FoundResource(ref, dict(wish))

    def delete(self, ref: str) -> None:
        """Remove it; servers keep the size they were made with."""
        self._api.ask("delete flavor", lambda c: c.compute.delete_flavor(ref, ignore_missing=True))

    def _drop(self, ref: str, name: str) -> None:
        self._api.look("drop extra spec", lambda c: c.compute.delete_flavor_extra_specs_property(ref, name))


def state_of(made: Any) -> dict[str, Any]:
    """A flavor's fields; the chip and the accelerators are read back from its description."""
    specs = dict(made.extra_specs or {})
    said = wished(described(made))
    chip, accelerators = said.get("chip"), json.loads(said.get("accelerators", "{}").replace(";", ","))
    known = {f"trait:{chip_trait(chip)}"} if chip else set()
    known |= {f"resources:{accelerator_class(name)}" for name in accelerators}
    return {
        "name": made.name,
        "vcpus": made.vcpus,
        "memory_mib": made.ram,
        "disk_gib": made.disk,
        "chip": chip if not chip or specs.get(f"trait:{chip_trait(chip)}") == "required" else None,
        "accelerators": {
            name: int(specs[f"resources:{accelerator_class(name)}"])
            for name in accelerators
            if f"resources:{accelerator_class(name)}" in specs
        },
        "extra_specs": {name: value for name, value in specs.items() if name not in known},
    }


def described(made: Any) -> dict[str, str]:
    """The tags that a flavor's description holds."""
    return from_strings((made.description or "").split(","))


def _description(wish: Wish, mark: Mark) -> dict[str, str]:
    """Marks, and the estate's names of chip and accelerators: extra specs hold them in another spelling."""
    names: dict[str, str] = {}
    if wish.get("chip"):
        names["chip"] = wish["chip"]
    if wish.get("accelerators"):
        names["accelerators"] = json.dumps(wish["accelerators"], sort_keys=True).replace(",", ";")
    return labels(mark, names)


def _specs(wish: Wish) -> dict[str, str]:
    specs = dict(wish.get("extra_specs", {}))
    if wish.get("chip"):
        specs[f"trait:{chip_trait(wish['chip'])}"] = "required"
    for name, count in wish.get("accelerators", {}).items():
        specs[f"resources:{accelerator_class(name)}"] = str(count)
    return specs
