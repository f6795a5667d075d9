"""Writes the software bill as CycloneDX, and has it checked against the specification."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from toolchain.supply.parts import Kind, Part

NAMESPACE: Final = uuid.UUID("5d3b6a3e-5f0c-4a0e-9d7e-7b1f0c6a2a11")
"""Ours, for serial numbers: equal parts give equal bills."""

_OWN: Final = "tricenter"


def bill(parts: Sequence[Part], version: str, now: datetime) -> str:
    """The software bill of a version, as JSON of CycloneDX 1.6.

    Args:
        parts: all that it is made of.
        version: Tricenter's own.
        now: when it is made; all else follows from the parts.
    """
    own = Component(name=_OWN, version=version, type=ComponentType.APPLICATION, bom_ref=_OWN)
    components = {_ref(part): _component(part) for part in parts}
    serial = uuid.uuid5(NAMESPACE, "\n".join([version, *sorted(map(repr, parts))]))
    bom = Bom(
        components=components.values(),
        serial_number=serial,
        dependencies=_dependencies(own, components, parts),
    )
    bom.metadata.component = own
    bom.metadata.timestamp = now
    return JsonV1Dot6(bom).output_as_string(indent=1)


def problems(text: str) -> tuple[str, ...]:
    """What the specification's own schema, read strictly, has against a bill; none for a valid one."""
    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return () if found is None else (str(found),)


def _component(part: Part) -> Component:
    # a digest of go.sum is over a list of digests, not over a file: CycloneDX has no algorithm for it
    of_files = part.hashes if part.kind is not Kind.GOLANG else ()
    said = [Property(name="tricenter:pinned-by", value=part.source)]
    said += [Property(name="tricenter:go.sum", value=digest) for digest in part.hashes if not of_files]
    return Component(
        name=part.name,
        version=part.version or None,
        type=ComponentType.LIBRARY,
        bom_ref=_ref(part),
        purl=_purl(part),
        scope=ComponentScope.EXCLUDED if part.develops else ComponentScope.REQUIRED,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in of_files],
        properties=said,
    )


def _dependencies(
    own: Component, components: Mapping[str, Component], parts: Sequence[Part]
) -> Iterator[Dependency]:
    """Who wants whom; what no other part of its file wants, Tricenter does."""
    wanted: defaultdict[tuple[str, str], list[Dependency]] = defaultdict(list)
    for part in parts:
        each = Dependency(ref=components[_ref(part)].bom_ref)
        for parent in part.wanted_by or (_OWN,):
            wanted[part.source if part.wanted_by else "", parent].append(each)
    yield Dependency(ref=own.bom_ref, dependencies=wanted["", _OWN])
    for part in parts:
        yield Dependency(ref=components[_ref(part)].bom_ref, dependencies=wanted[part.source, part.name])


def _ref(part: Part) -> str:
    """Names a part in the bill; a lock may pin two versions, each for some Pythons."""
    return f"{part.source}#{part.name}@{part.version}"


def _purl(part: Part) -> PackageURL:
    space, _, name = part.name.rpartition("/")
    of_debian = "debian" if part.kind is Kind.DEB else None
    return PackageURL(part.kind, space or of_debian, name, part.version or None)
