"""Hands objects of a cluster to the engine, each with the one provider that is meant for it.

Parents are none and names follow from the objects', so that no rearranged program makes an object anew. The
provider is never left to the engine: it would take whichever cluster the shell happens to name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Final

import pulumi

from cmp.clouds.binding import Binding
from cmp.clouds.kubernetes import marks
from cmp.clouds.labels import mark_of
from stacks.objects.manifest import Kind, Manifest

_SNAKE: Final = {
    "stringData": "string_data",
    "preemptionPolicy": "preemption_policy",
    "globalDefault": "global_default",
}

Make = Callable[..., pulumi.Resource]

_IMPORTING: Final = Lock()
"""Programs run side by side, and the SDK fills its modules only when they are first looked into: one that
another thread is just filling lacks what is looked for."""


def provider_of(binding: Binding) -> pulumi.ProviderResource:
    """The provider of one cluster: it holds a path, no credential, and the cluster's id in the estate.

    Another address, authority or token of the same cluster replaces nothing.
    """
    with _IMPORTING:
        return _provider(binding)


def _provider(binding: Binding) -> pulumi.ProviderResource:
    from pulumi_kubernetes import Provider  # noqa: PLC0415 - two seconds that servers do not need

    return Provider(
        binding.cloud,
        kubeconfig=binding.kubeconfig_file or os.devnull,
        context=binding.context or None,
        cluster_identifier=binding.cloud,
        # Every switch is set here: one that is not would be taken from the shell.
        enable_config_map_mutable=True,  # else what only changes its content would be deleted and made anew
        enable_secret_mutable=True,
        enable_server_side_apply=True,
        delete_unreachable=False,  # a cluster that does not answer is not an empty one
        skip_update_unreachable=False,
        suppress_deprecation_warnings=False,
        suppress_helm_hook_warnings=False,
    )


def make(manifests: Iterable[Manifest], environment: str, provider: pulumi.ProviderResource) -> int:
    """Declare objects in their order; each waits for those it names. Returns how many there are."""
    with _IMPORTING:
        return _made(tuple(manifests), environment, provider)


def _made(manifests: Sequence[Manifest], environment: str, provider: pulumi.ProviderResource) -> int:
    made: dict[str, pulumi.Resource] = {}
    classes = _classes()
    for each in manifests:
        needed = [made[key] for key in each.after if key in made]
        options = pulumi.ResourceOptions(provider=provider, depends_on=needed, ignore_changes=[*each.left])
        made[each.key] = classes[each.kind](
            each.path, metadata=metadata(each, environment), opts=options, **_arguments(each)
        )
    return len(made)


def metadata(manifest: Manifest, environment: str) -> Mapping[str, Any]:
    """What an object is called and marked with, its key derived from the URN that the engine gives it."""
    urn = "::".join(
        (f"urn:pulumi:{pulumi.get_stack()}", pulumi.get_project(), manifest.kind.type, manifest.path)
    )
    marked = marks.notes(mark_of(urn, environment), manifest.tags)
    named = {"namespace": manifest.namespace} if manifest.namespace else {}
    return named | {
        "name": manifest.name,
        "labels": dict(manifest.labels) | marks.labels(manifest.tags),
        "annotations": marked | dict(manifest.steering),
    }


def _arguments(manifest: Manifest) -> Mapping[str, Any]:
    """The body in the words of the engine's SDK; what a Secret holds is a secret of the state."""
    found = {_SNAKE.get(name, name): value for name, value in manifest.body.items()}
    if manifest.kind is Kind.SECRET:
        found["string_data"] = pulumi.Output.secret(dict(found["string_data"]))
    return found


def _classes() -> Mapping[Kind, Make]:
    """The SDK's class of each kind."""
    from pulumi_kubernetes import (  # noqa: PLC0415 - see above
        apps,
        autoscaling,
        core,
        networking,
        policy,
        scheduling,
    )

    return {
        Kind.NAMESPACE: core.v1.Namespace,
        Kind.RESOURCE_QUOTA: core.v1.ResourceQuota,
        Kind.CONFIG_MAP: core.v1.ConfigMap,
        Kind.SECRET: core.v1.Secret,
        Kind.SERVICE: core.v1.Service,
        Kind.DEPLOYMENT: apps.v1.Deployment,
        Kind.STATEFUL_SET: apps.v1.StatefulSet,
        Kind.PRIORITY_CLASS: scheduling.v1.PriorityClass,
        Kind.NETWORK_POLICY: networking.v1.NetworkPolicy,
        Kind.INGRESS: networking.v1.Ingress,
        Kind.DISRUPTION_BUDGET: policy.v1.PodDisruptionBudget,
        Kind.AUTOSCALER: autoscaling.v2.HorizontalPodAutoscaler,
    }
