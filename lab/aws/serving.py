"""Serves moto as a cloud of one estate: to whoever has keys that it issued, and to no web page.

`python -m lab.aws.serving PORT`, with the file of the lab's secret in LAB_SECRET_FILE. moto's own API (reset,
data, whether keys are asked for) wants the secret, and so does everything until keys are asked for.
"""

from __future__ import annotations

import hmac
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from lab.openstack.services.labhost.guarding import Application, Guarded, refuse

SECRET_HEADER: Final = "X-Tricenter-Lab-Secret"  # noqa: S105 - the name of a header
SECRET_FILE: Final = "LAB_SECRET_FILE"  # noqa: S105 - the name of a variable
ASK_FOR_KEYS: Final = "/moto-api/reset-auth"
"""The call after which moto checks signatures and rights."""

_MOTO_API: Final = "moto-api"
_SIGNED: Final = "AWS4-HMAC-SHA256 "


class Locked(Guarded):
    """moto, whose own API is open to the lab alone, and whose clouds are open to signed requests alone.

    Args:
        application: moto.
        port: where it listens.
        secret: what the lab says in `SECRET_HEADER`.
        unchecked: operations that moto lets pass without a look at keys, whatever else a request asks for.
    """

    def __init__(self, application: Application, port: int, secret: str, unchecked: Iterable[str]) -> None:
        super().__init__(application, port)
        self._secret = secret.encode()
        self._unchecked = frozenset(unchecked)
        self._asks_for_keys = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as moto does, or refuse in a sentence."""
        by_lab = self._is_by_lab(environ)
        reason = self.objection(environ) or ("" if by_lab else self._stranger(environ))
        if reason:
            return refuse(start_response, reason)
        answer = self._application(environ, start_response)
        if by_lab and environ.get("PATH_INFO") == ASK_FOR_KEYS:
            self._asks_for_keys = True
        return answer

    def _is_by_lab(self, environ: dict[str, Any]) -> bool:
        said = environ.get(f"HTTP_{SECRET_HEADER.upper().replace('-', '_')}", "")
        return hmac.compare_digest(said.encode("latin-1", "replace"), self._secret)

    def _stranger(self, environ: dict[str, Any]) -> str:
        """Why a request without the lab's secret is refused; empty for what moto itself decides."""
        if _MOTO_API in environ.get("PATH_INFO", "").lower():
            return "moto's own API belongs to the lab: its secret is missing"
        if not self._asks_for_keys:
            return "the lab is still being made"
        if not environ.get("HTTP_AUTHORIZATION", "").startswith(_SIGNED):
            return "the request is not signed"
        if environ.get("HTTP_X_AMZ_TARGET", "") in self._unchecked:
            return "moto would answer this operation without a look at keys"
        return ""


def main() -> None:
    """Serve until the process is asked to end."""
    port = int(sys.argv[1])
    os.environ |= {"MOTO_PORT": str(port), "MOTO_DISABLE_GLOBAL_CORS": "true"}  # moto reads them on import
    from moto.core.authorization import ActionAuthenticatorMixin  # noqa: PLC0415 - see above
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - see above
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import run_simple  # noqa: PLC0415 - it comes with moto

    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    secret = Path(os.environ[SECRET_FILE]).read_text(encoding="ascii")
    moto = DomainDispatcherApplication(create_backend_app)
    cloud = Locked(moto, port, secret, ActionAuthenticatorMixin.PUBLIC_OPERATIONS)
    run_simple("127.0.0.1", port, cloud, threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main()
