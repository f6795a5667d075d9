"""Puts the API together: its routers, its refusals, its limits; what it works with is handed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from fastapi import FastAPI

from cmp.api import accounts, environments, health, operations, schedules
from cmp.api.deps import Service
from cmp.api.problems import answer, described, install

MOST_BYTES: Final = 32 * 1024 * 1024
"""Bytes of a request's body; more is refused before it is read."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def create_app(service: Service, version: str, lifespan: Any = None) -> FastAPI:
    """The application over what it works with.

    Args:
        service: what routes work with.
        version: of the program, for the contract.
        lifespan: begins and ends what works beside it.
    """
    app = _routed(version, lifespan)
    app.state.service = service
    return app


def contract(version: str) -> dict[str, Any]:
    """What the API promises, as OpenAPI 3.1, without anything to work with."""
    return _routed(version, None).openapi()


def _routed(version: str, lifespan: Any) -> FastAPI:
    app = FastAPI(
        title="Tricenter",
        version=version,
        lifespan=lifespan,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
    )
    nouns = (environments.router, operations.router, operations.plans, schedules.router, accounts.router)
    for router in (health.router, *nouns):
        app.include_router(router)
    install(app)
    app.add_middleware(Limited)
    plain = app.openapi
    app.openapi = lambda: described(plain())  # type: ignore[method-assign] # FastAPI's own way to change it
    return app


class Limited:
    """Refuses bodies that are too large, whether or not they say so; nothing is buffered on the way out."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or int(said) > MOST_BYTES:
            refusal = answer(
                413, f"a request has {MOST_BYTES // 1024**2} MiB at most", "too-large", exit_code=2
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, _bounded(receive), send)


def _bounded(receive: Receive) -> Receive:
    left = [MOST_BYTES]

    async def bounded() -> MutableMapping[str, Any]:
        message = await receive()
        left[0] -= len(message.get("body", b""))
        if left[0] < 0:
            return {"type": "http.disconnect"}
        return message

    return bounded
