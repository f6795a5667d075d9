"""Agrees to operations that wait for consent, or rejects them: of the Plan that was seen, and no other."""

from __future__ import annotations

from typing import Any

from cmp.client.use_cases import Remote


def consent(remote: Remote, operation: str, *, agreed: bool) -> dict[str, Any]:
    """Agree to an operation or reject it; answers with the operation as it is then.

    Raises:
        CmpError: they are behind it, may not, or it waits for nobody.
    """
    seen = remote.speaking.get(f"/v1/operations/{operation}")
    body = {"agreed": agreed, "plan": seen["plan"]}
    headers = {"Tricenter-Reason": remote.means.reason}
    return dict(remote.speaking.post(f"/v1/operations/{operation}/consents", body, headers))
