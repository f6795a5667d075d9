"""Refusals cross the wire as one sentence with a fitting status."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from pulumi.runtime import proto

from cmp.clouds.memory import MemoryCloud
from cmp.errors import CmpError, Conflict, Differs, Invalid, NothingFits, TryLater
from stacks.provider.provider import TricenterProvider
from stacks.provider.servicer import SayErrors, Servicer, said, status


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Invalid("x"), grpc.StatusCode.INVALID_ARGUMENT),
        (Conflict("x"), grpc.StatusCode.ABORTED),
        (NothingFits("x"), grpc.StatusCode.FAILED_PRECONDITION),
        (TryLater("x"), grpc.StatusCode.UNAVAILABLE),
        (Differs("x"), grpc.StatusCode.UNKNOWN),
    ],
)
def test_each_kind_of_error_has_a_status(error: CmpError, code: grpc.StatusCode) -> None:
    assert status(error) is code


def test_a_sentence_carries_code_and_remedy() -> None:
    assert said(TryLater("cloud x is down", hint="bring it up")) == "try-later: cloud x is down (bring it up)"


class Ended(Exception):
    """The call was aborted."""


class Context:
    """A call's context that remembers how the call was ended."""

    async def abort(self, code: grpc.StatusCode, sentence: str) -> None:
        raise Ended(f"{code.name}: {sentence}")


def answered(error: Exception) -> str:
    """How a call ends whose handler raises."""

    async def handler(request: Any, context: Any) -> None:
        raise error

    async def continuation(details: Any) -> Any:
        return SimpleNamespace(unary_unary=handler, request_deserializer=None, response_serializer=None)

    async def call() -> None:
        wrapped = await SayErrors().intercept_service(continuation, None)
        await wrapped.unary_unary(None, Context())

    with pytest.raises(Ended) as ended:
        asyncio.run(call())
    return str(ended.value)


def test_a_refusal_ends_the_call_in_words() -> None:
    assert answered(NothingFits("no host")) == "FAILED_PRECONDITION: nothing-fits: no host"


def test_what_nobody_foresaw_is_said_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert answered(KeyError("colour")) == "INTERNAL: unexpected KeyError: 'colour'"
    assert "Traceback" in capsys.readouterr().err


def test_an_unknown_method_is_left_alone() -> None:
    async def continuation(details: Any) -> None:
        return None

    assert asyncio.run(SayErrors().intercept_service(continuation, None)) is None


def test_changed_settings_are_said_to_be_changed() -> None:
    servicer = Servicer([], "0", TricenterProvider(lambda _binding: MemoryCloud("twin")), "127.0.0.1:1")

    def asked(cloud: str) -> Any:
        request = proto.DiffRequest(urn="urn", id="id")
        request.olds.update({"cloud": "one", "kind": "aws", "environment": "lab"})
        request.news.update({"cloud": cloud, "kind": "aws", "environment": "lab"})
        return asyncio.run(servicer.DiffConfig(request, None))

    assert asked("one").changes == proto.DiffResponse.DIFF_NONE
    assert asked("two").changes == proto.DiffResponse.DIFF_SOME
    assert list(asked("two").replaces) == ["cloud"]
