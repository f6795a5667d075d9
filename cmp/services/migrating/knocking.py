"""Knocks at many addresses at once: reads questions as JSON, tells as JSON which of them answered."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

SECONDS = 2.0
AT_ONCE = 200


async def _answers(question: dict[str, Any], turn: asyncio.Semaphore) -> bool:
    """One TCP connection where a port is given, else one echo request."""
    async with turn:
        if question["port"] is None:
            return await _echoes(question["target"])
        try:
            opened = asyncio.open_connection(question["target"], question["port"])
            _, writer = await asyncio.wait_for(opened, SECONDS)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True


async def _echoes(target: str) -> bool:
    process = await asyncio.create_subprocess_exec(
        "ping", "-n", "-c", "1", "-W", str(int(SECONDS)), target, stdout=asyncio.subprocess.DEVNULL
    )
    return await process.wait() == 0


async def _all(questions: list[dict[str, Any]]) -> list[bool]:
    turn = asyncio.Semaphore(AT_ONCE)
    return list(await asyncio.gather(*(_answers(question, turn) for question in questions)))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_all(json.load(sys.stdin)))))
