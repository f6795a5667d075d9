"""Turns refusals into problem documents (RFC 9457), the same ones for whatever refused."""

from __future__ import annotations

import json
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from cmp.errors import CmpError
from cmp.workflows.failures import failure_of

MEDIA: Final = "application/problem+json"
BUSY: Final = 503
UNKNOWN: Final = 401


class Problem(BaseModel):
    """A refusal: its stable code, its sentence, what to do, and every place that is wrong."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    code: str
    hint: str = ""
    exit_code: int = 1
    problems: list[dict[str, Any]] = []


ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": said}
    for status, said in (
        (400, "It cannot be read."),
        (401, "Nobody knows this token."),
        (403, "They may not do this."),
        (404, "There is no such thing."),
        (409, "It does not go together with what is there."),
        (412, "It changed since it was read."),
        (413, "It is too large."),
        (422, "The input is wrong."),
        (428, "The request has to say what it was made from."),
        (503, "Not at the moment."),
    )
}


def answer(status: int, title: str, code: str, **more: Any) -> Response:
    """A refusal as a response."""
    headers = {BUSY: {"Retry-After": "2"}, UNKNOWN: {"WWW-Authenticate": "Bearer"}}.get(status, {})
    headers = {**headers, **(more.pop("headers", None) or {})}
    body = Problem(type=f"urn:tricenter:problem:{code}", title=title, status=status, code=code, **more)
    return Response(body.model_dump_json(), status, headers, MEDIA)


def of_error(error: CmpError) -> Response:
    """What an error of ours becomes."""
    failure = failure_of(error)
    problems = [dict(each) for each in failure.problems]
    return answer(
        error.status,
        str(error),
        error.code,
        hint=error.hint,
        exit_code=error.exit_code,
        problems=problems,
    )


def install(app: FastAPI) -> None:
    """Have an application answer every refusal so."""

    @app.exception_handler(CmpError)
    async def refused(_request: Request, error: CmpError) -> Response:
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        found = [
            {
                "file": str(each["loc"][0]) if each["loc"] else "",
                "line": 1,
                "column": 1,
                "code": each["type"],
                "message": f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}",
            }
            for each in error.errors()
        ]
        return answer(422, "the request is wrong", "invalid", exit_code=2, problems=found)

    @app.exception_handler(HTTPException)
    async def other(_request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        return answer(error.status_code, str(error.detail), f"http-{error.status_code}", headers=headers)


def described(document: dict[str, Any]) -> dict[str, Any]:
    """The contract with refusals as what they are: FastAPI writes every model as `application/json`."""
    told = json.loads(json.dumps(document))
    for operations in told["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if str(status) >= "400" and "application/json" in content:
                    response["content"] = {MEDIA: content["application/json"]}
    return dict(told)
