"""Puts the provider behind gRPC so that every refusal reaches the user as one sentence."""

from __future__ import annotations

import inspect
import sys
import traceback
from typing import Any

import grpc
import grpc.aio
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


class Servicer(ProviderServicer):
    """The SDK's servicer with its comparison of settings put right."""

    async def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - the protocol's shape
        """Compare settings; the SDK's version turns 'changed' into the value for 'unchanged'."""
        olds, news = PropertyValue.unmarshal_map(request.olds), PropertyValue.unmarshal_map(request.news)
        asked = DiffRequest(request.urn, request.id, olds, news, list(request.ignoreChanges))
        found = await self._provider.diff_config(asked)
        changes = proto.DiffResponse.DIFF_SOME if found.changes else proto.DiffResponse.DIFF_NONE
        return proto.DiffResponse(replaces=found.replaces, diffs=found.diffs, changes=changes)


class SayErrors(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """Turns errors into sentences; the SDK would show a Python traceback."""

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        """Wrap the handler of one call."""
        handler = await continuation(details)
        if handler is None or not inspect.iscoroutinefunction(handler.unary_unary):
            return handler

        async def answer(request: Any, context: Any) -> Any:
            try:
                return await handler.unary_unary(request, context)
            except CmpError as error:
                await context.abort(status(error), said(error))
            except Exception as error:  # noqa: BLE001 - the last boundary: what nobody foresaw is shown as such
                traceback.print_exc(file=sys.stderr)
                await context.abort(grpc.StatusCode.INTERNAL, f"unexpected {type(error).__name__}: {error}")

        return grpc.unary_unary_rpc_method_handler(
            answer, handler.request_deserializer, handler.response_serializer
        )


def status(error: CmpError) -> grpc.StatusCode:
    """The status of the call for a kind of error."""
    return next((code for kind, code in _STATUS if isinstance(error, kind)), grpc.StatusCode.UNKNOWN)


def said(error: CmpError) -> str:
    """An error as one line: its code, its sentence and what to do."""
    remedy = f" ({error.hint})" if error.hint else ""
    return f"{error.code}: {error}{remedy}"
