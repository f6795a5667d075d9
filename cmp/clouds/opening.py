"""Opens clouds by their bindings, each once, with the driver of its kind."""

from __future__ import annotations

import threading

from cmp.clouds.base import Cloud
from cmp.clouds.binding import Binding
from cmp.errors import Invalid
from cmp.model.estate import CloudKind

_open: dict[Binding, Cloud] = {}
_lock = threading.Lock()


def open_cloud(binding: Binding) -> Cloud:
    """Open a cloud once per process and binding; it may be used by many threads.

    Nothing is asked of the cloud yet: the first call on it does, and may raise.

    Raises:
        Invalid: the files do not name the cloud, or its kind has no driver.
    """
    with _lock:
        if binding not in _open:
            _open[binding] = _connect(binding)
        return _open[binding]


def _connect(binding: Binding) -> Cloud:
    """Import the driver of the kind only when it is needed: the clients are slow to load."""
    if binding.kind is CloudKind.OPENSTACK:
        from cmp.clouds.openstack.cloud import OpenStackCloud  # noqa: PLC0415 - see above

        return OpenStackCloud(binding)
    if binding.kind is CloudKind.AWS:
        from cmp.clouds.aws.cloud import AwsCloud  # noqa: PLC0415 - see above

        return AwsCloud(binding)
    raise Invalid(
        f"cloud {binding.cloud}: there is no driver for kind {binding.kind} here",
        hint="not carried out: no Kubernetes in this environment",
    )
