"""Says whether the process lives, whether it can do its work, and how much there is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from cmp.api.deps import ServiceDep
from cmp.errors import TryLater
from cmp.metrics.service import exposition, of_notices, of_operations, of_schedules

router = APIRouter(tags=["health"])


@router.get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    """The process lives."""
    return {"state": "alive"}


@router.get("/readyz", include_in_schema=False)
def readyz(service: ServiceDep) -> dict[str, Any]:
    """It can do its work.

    Raises:
        TryLater: something that it needs is not there; the sentence says what.
    """
    if not service.operations.is_ready():
        raise TryLater("operations are not taken at the moment")
    return {"state": "ready"}


@router.get("/metrics", include_in_schema=False)
def metrics(service: ServiceDep) -> Response:
    """How much there is, read from the database; what cannot be read is named by a metric of its own."""
    sources = {
        "operations": lambda: of_operations(service.operations.counts()),
        "notices": lambda: of_notices(service.notices.lost()),
        "schedules": lambda: of_schedules(service.schedules.listed()),
    }
    return Response(exposition(sources), media_type="text/plain; version=0.0.4; charset=utf-8")
