"""Makes the pods of a row: what runs, what it may, what it is given, and on which nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cmp.clouds.kubernetes import marks
from cmp.model.container import Probe
from cmp.model.workload import Spread
from stacks.objects import naming, tagging
from stacks.objects.cluster_rows import ClusterRow
from stacks.objects.contents import Content
from stacks.objects.manifest import Body
from stacks.objects.services import port_name, ports_of

CONTAINER: Final = "main"
CONTENT: Final = "tricenter/content"
"""The annotation of a pod that names what it was given: another content is another revision."""

DEVICES: Final = "tricenter/"
"""Before an accelerator's id: the resource by which a node offers whole cards of it."""

PATIENCE: Final = (30, 300)
"""Seconds: a node that does not answer is waited for so long at least and at most."""

PART_OF_RTO: Final = 4
"""A quarter of the time in which a system has to be back may pass before its pods go elsewhere."""

GROUP: Final = 10001
"""The group that files on volumes belong to, since no container runs as root (illustrative)."""


def template(row: ClusterRow, content: Content) -> Body:
    """The template of a row's pods: identity and what runs; nothing in it follows a Plan's hash."""
    given = {CONTENT: content.digest} if content.digest else {}
    return {
        "metadata": {"labels": marks.labels(tagging.selecting_row(row)), "annotations": given},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "priorityClassName": naming.priority(row.plan.environment.name, row.component.yields),
            "securityContext": _security(row),
            "affinity": _affinity(row),
            "topologySpreadConstraints": [*_spread(row)],
            "tolerations": [*_tolerations(row)],
            "imagePullSecrets": [{"name": name} for name in content.pulling],
            "containers": [_container(row, content)],
        },
    }


def _container(row: ClusterRow, content: Content) -> Body:
    component = row.component
    found: dict[str, Any] = {
        "name": CONTAINER,
        "image": row.row.image,
        "resources": _resources(row),
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "ports": [
            {"name": port_name(protocol, port), "containerPort": port, "protocol": protocol.upper()}
            for protocol, port in ports_of(row.plan, row.row.workload, component)
        ],
        "envFrom": [*content.sources],
        "volumeMounts": [
            {"name": naming.claim(volume.id), "mountPath": volume.mount} for volume in component.volumes
        ],
    }
    found |= {"command": [*component.command]} if component.command else {}
    probes = component.probes
    named = {"readinessProbe": probes.ready, "livenessProbe": probes.alive, "startupProbe": probes.started}
    return found | {name: _probe(probe) for name, probe in named.items() if probe is not None}


def _probe(probe: Probe) -> Body:
    asked: dict[str, Any] = {
        "periodSeconds": probe.period_seconds,
        "timeoutSeconds": probe.timeout_seconds,
        "failureThreshold": probe.failures,
    }
    if probe.command:
        return asked | {"exec": {"command": [*probe.command]}}
    if probe.path is None:
        return asked | {"tcpSocket": {"port": probe.port}}
    return asked | {"httpGet": {"port": probe.port, "path": probe.path, "scheme": probe.scheme.upper()}}


def _resources(row: ClusterRow) -> Body:
    """What the Plan counts: requests equal to it; memory is a limit, too, and so are devices."""
    size = row.row.size
    devices = {DEVICES + name: str(count) for name, count in sorted(size.accelerators.items())}
    memory = {"memory": f"{size.memory_mib}Mi"}
    return {
        "requests": {"cpu": f"{size.vcpu_milli}m"} | memory | _scratch(row) | devices,
        "limits": memory | devices,
    }


def _scratch(row: ClusterRow) -> dict[str, str]:
    """Disk beside the volumes."""
    left = row.row.size.disk_gib - sum(volume.gib for volume in row.component.volumes)
    return {"ephemeral-storage": f"{left}Gi"} if left > 0 else {}


def _security(row: ClusterRow) -> Body:
    """What the strictest pod security standard asks for."""
    strict: dict[str, Any] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    return strict | {"fsGroup": GROUP} if row.component.volumes else strict


def _affinity(row: ClusterRow) -> Body:
    """Only nodes of the row's pool, and only such as run its instruction set."""
    wanted = {marks.ARCH_LABEL: str(row.row.isa), marks.POOL_LABEL: row.row.pool}
    terms = [{"key": key, "operator": "In", "values": [value]} for key, value in wanted.items()]
    required = {"nodeSelectorTerms": [{"matchExpressions": terms}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def _spread(row: ClusterRow) -> Iterator[Body]:
    """Replicas of one revision lie evenly over the nodes that may take them, after rollouts too."""
    if row.component.spread is not Spread.HOST:
        return
    revision = "controller-revision-hash" if row.component.stateful else "pod-template-hash"
    yield {
        "maxSkew": 1,
        "topologyKey": marks.HOST_LABEL,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": marks.labels(tagging.selecting_row(row))},
        "matchLabelKeys": [revision],
        "nodeAffinityPolicy": "Honor",
        "nodeTaintsPolicy": "Honor",
    }


def _tolerations(row: ClusterRow) -> Iterator[Body]:
    for why in ("not-ready", "unreachable"):
        yield {
            "key": f"node.kubernetes.io/{why}",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": tolerated_seconds(row),
        }


def tolerated_seconds(row: ClusterRow) -> int:
    """How long a node that does not answer is waited for: it follows from the time the system has."""
    least, most = PATIENCE
    rto = row.plan.environment.rto_seconds(row.workload)
    return most if rto is None else int(min(most, max(least, rto // PART_OF_RTO)))
