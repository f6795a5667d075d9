"""Puts the provider behind gRPC so that every refusal reaches the user as one sentence."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Awaitable
from typing import Any, NoReturn

import grpc
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import DiffRequest
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime import proto

from cmp.errors import CmpError, Conflict, Invalid, Refused, TryLater

_STATUS: tuple[tuple[type[CmpError], grpc.StatusCode], ...] = (
    (Invalid, grpc.StatusCode.INVALID_ARGUMENT),
    (Conflict, grpc.StatusCode.ABORTED),
    (Refused, grpc.StatusCode.FAILED_PRECONDITION),
    (TryLater, grpc.StatusCode.UNAVAILABLE),
)


class Servicer(ProviderServicer):  # type: ignore[misc] - the SDK's servicers are untyped
    """The SDK's servicer, with errors in words instead of tracebacks."""

    async def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Check the provider's settings."""
        return await _answer(super().CheckConfig(request, context), context)

    async def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Compare the provider's settings."""
        return await _answer(self._diff_config(request), context)

    async def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Take the provider's settings."""
        return await _answer(super().Configure(request, context), context)

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Check a resource's inputs."""
        return await _answer(super().Check(request, context), context)

    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Compare a resource."""
        return await _answer(super().Diff(request, context), context)

    async def Create(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Make a resource."""
        return await _answer(super().Create(request, context), context)

    async def Read(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Read a resource."""
        return await _answer(super().Read(request, context), context)

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Change a resource."""
        return await _answer(super().Update(request, context), context)

    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Remove a resource."""
        return await _answer(super().Delete(request, context), context)

    async def _diff_config(self, request: Any) -> Any:
        """The SDK's own version confuses 'changed' with 'unchanged' (its bool becomes the wrong enum value)."""
        olds, news = PropertyValue.unmarshal_map(request.olds), PropertyValue.unmarshal_map(request.news)
        asked = DiffRequest(request.urn, request.id, olds, news, list(request.ignoreChanges))
        found = await self._provider.diff_config(asked)
        changes = proto.DiffResponse.DIFF_SOME if found.changes else proto.DiffResponse.DIFF_NONE
        return proto.DiffResponse(replaces=found.replaces, diffs=found.diffs, changes=changes)


async def _answer(work: Awaitable[Any], context: Any) -> Any:
    try:
        return await work
    except CmpError as error:
        await _abort(context, _status(error), said(error))
    except Exception as error:  # noqa: BLE001 - the last boundary: what nobody foresaw is shown as such
        traceback.print_exc(file=sys.stderr)
        await _abort(context, grpc.StatusCode.INTERNAL, f"unexpected {type(error).__name__}: {error}")


async def _abort(context: Any, status: grpc.StatusCode, sentence: str) -> NoReturn:
    await context.abort(status, sentence)
    raise AssertionError("abort always raises")


def _status(error: CmpError) -> grpc.StatusCode:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), grpc.StatusCode.UNKNOWN)


def said(error: CmpError) -> str:
    """An error as one line: its code, its sentence and what to do."""
    remedy = f" ({error.hint})" if error.hint else ""
    return f"{error.code}: {error}{remedy}"
