"""Chooses native threads for every service, since nothing here may be monkey-patched."""

from __future__ import annotations


def use_native(service: str) -> None:
    """Select the threading backend before anything of the service is imported."""
    if service == "nova":
        from nova import monkey_patch

        monkey_patch.patch(backend="threading")
    else:
        from oslo_service import backend

        backend.init_backend(backend.BackendType.THREADING)
