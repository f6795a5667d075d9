"""Opens a service by its address, with what this state folder remembers of it."""

from __future__ import annotations

import os

from cmp.client.remembering import TOKEN, Memory
from cmp.client.speaking import Speaking
from cmp.client.use_cases import Remote
from cmp.errors import Invalid
from cmp.means import Means


def remote_of(means: Means, server: str | None) -> Remote:
    """The service at an address, as whoever logged in from this state folder.

    Raises:
        Invalid: no address was named, or it is none.
        Refused: a token would be sent in the clear.
    """
    if server is None:
        raise Invalid("no service was named", hint="give --server URL, or set TRICENTER_SERVER")
    memory = Memory.of(means.workshop.root, server)
    return Remote(means, Speaking(server, os.environ.get(TOKEN) or memory.token), memory)
