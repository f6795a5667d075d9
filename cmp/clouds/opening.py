"""Opens clouds by their bindings, each once, with the driver of its kind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cmp.clouds.base import Cloud
from cmp.clouds.binding import Binding
from cmp.model.estate import CloudKind

Stamps = tuple[int, ...]
"""When each file of access data was last written, in nanoseconds; 0 where there is none."""

_open: dict[Binding, tuple[Stamps, Cloud]] = {}
_lock = threading.Lock()


def open_cloud(binding: Binding) -> Cloud:
    """Open a cloud once per process and binding; it may be used by many threads.

    Nothing is asked of the cloud yet: the first call on it does, and may raise. A cloud whose access data
    were written anew since is opened anew.

    Raises:
        Invalid: the files do not name the cloud.
    """
    with _lock:
        stamps = _stamps(binding)
        known = _open.get(binding)
        if known is None or known[0] != stamps:
            known = _open[binding] = stamps, _connect(binding)
        return known[1]


def _stamps(binding: Binding) -> Stamps:
    files = (binding.clouds_file, binding.config_file, binding.credentials_file, binding.kubeconfig_file)
    return tuple(Path(name).stat().st_mtime_ns if name and Path(name).exists() else 0 for name in files)


def _connect(binding: Binding) -> Cloud:
    return DRIVERS[binding.kind](binding)


def _openstack(binding: Binding) -> Cloud:
    from cmp.clouds.openstack.cloud import OpenStackCloud  # noqa: PLC0415 - clients are slow to load

    return OpenStackCloud(binding)


def _aws(binding: Binding) -> Cloud:
    from cmp.clouds.aws.cloud import AwsCloud  # noqa: PLC0415 - clients are slow to load

    return AwsCloud(binding)


def _kubernetes(binding: Binding) -> Cloud:
    from cmp.clouds.kubernetes.cloud import KubernetesCloud  # noqa: PLC0415 - clients are slow to load

    return KubernetesCloud(binding)


DRIVERS: Final[Mapping[CloudKind, Callable[[Binding], Cloud]]] = {
    CloudKind.OPENSTACK: _openstack,
    CloudKind.AWS: _aws,
    CloudKind.KUBERNETES: _kubernetes,
}
"""The driver of each kind of cloud, imported only when it is needed."""
