"""Names objects in clusters: within Kubernetes' limits, and never two long names as one."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from cmp.model.recovery import Role

LONGEST_LABEL: Final = 63
"""Letters of a DNS label: namespaces, Services, values of labels."""

LONGEST_SET: Final = 52
"""Letters of a StatefulSet or Deployment: its pods' names and labels add a number or a hash to it."""

LONGEST_CLAIM: Final = 40
"""Letters of a volume's claim template: the claim adds the set's name and a number, 253 in all."""

_PART: Final = "--"
_READABLE: Final = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_DIGEST: Final = 10


def namespace(environment: str, workload: str, zone: str) -> str:
    """Where a workload's containers of one zone live; another environment's have another name."""
    return _joined((environment, workload, zone), LONGEST_LABEL)


def row(component: str, role: Role, pool: str) -> str:
    """The set that runs one row of the Plan, within its namespace."""
    return _joined((component, str(role), pool), LONGEST_SET)


def service(component: str) -> str:
    """The name under which a component is found."""
    return _joined((component,), LONGEST_LABEL)


def members(component: str) -> str:
    """The name under which each replica of a component is found by itself."""
    return _joined((component, "members"), LONGEST_LABEL)


def holder(component: str, what: str, digest: str) -> str:
    """A ConfigMap or Secret of a component: another content is another object, which old pods do not see."""
    return _joined((component, what, digest), LONGEST_LABEL)


def priority(environment: str, yields: str) -> str:
    """The priority class of components that give way so; a cluster has each name once."""
    return _joined((environment, yields), LONGEST_LABEL)


def claim(volume: str) -> str:
    """The claim template of a volume, and the volume of the pod."""
    return _joined((volume,), LONGEST_CLAIM)


def policy(component: str) -> str:
    """The network policy of a component."""
    return _joined((component,), LONGEST_LABEL)


def _joined(parts: tuple[str, ...], longest: int) -> str:
    """Join parts so that nobody could have meant others; what does not fit ends with a digest of all."""
    name = _PART.join(parts)
    plain = all(_PART not in part and not part.startswith("-") and not part.endswith("-") for part in parts)
    if plain and len(name) <= longest and _READABLE.fullmatch(name):
        return name
    digest = "x" + hashlib.sha256("/".join(parts).encode()).hexdigest()[:_DIGEST]
    kept = re.sub(r"-{2,}", "-", name)
    first = kept if kept[:1].isalpha() else f"x{kept}"
    return f"{first[: longest - len(digest) - 1].rstrip('-')}-{digest}"
