"""Wakes the listeners of the in-memory bus when a message arrives; upstream's look for one every 50 ms.

A region has a hundred listeners, so looking is most of what an idle region does, and every hop of a boot
waits for the next look.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import Any

from oslo_messaging._drivers import base, impl_fake

_LONGEST_WAIT = 5.0
"""Seconds after which a listener looks unasked, to see whether it was stopped."""


class _Bell:
    """Counts the messages of one topic, so that one that arrives during a look is not missed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.rung = 0

    def ring(self) -> None:
        with self._changed:
            self.rung += 1
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> None:
        with self._changed:
            if self.rung == seen:
                self._changed.wait(seconds)


def ring_on_delivery() -> None:
    """Replace looking by waiting; call once, before a service listens."""
    bells: dict[str, _Bell] = defaultdict(_Bell)
    deliver = impl_fake.FakeExchange.deliver_message

    def deliver_and_ring(self: Any, topic: str, *arguments: Any, **options: Any) -> None:
        deliver(self, topic, *arguments, **options)
        bells[topic].ring()

    def poll(self: Any, timeout: float | None = None) -> Any:
        deadline = None if timeout is None else time.monotonic() + timeout
        bell = bells[self._targets[0].topic]  # all targets of a server are of one topic
        while not self._stopped.is_set():
            seen = bell.rung
            for target in self._targets:
                exchange = self._exchange_manager.get_exchange(target.exchange)
                context, message, reply, requeue = exchange.poll(target, self._pool)
                if message is not None:
                    return impl_fake.FakeIncomingMessage(context, message, reply, requeue)
            left = _LONGEST_WAIT if deadline is None else min(_LONGEST_WAIT, deadline - time.monotonic())
            if left <= 0:
                return None
            bell.wait(seen, left)
        return None

    impl_fake.FakeExchange.deliver_message = deliver_and_ring
    impl_fake.FakeListener.poll = base.batch_poll_helper(poll)
