"""Says what power a pool is reckoned with: what is not known must not look cheap."""

from __future__ import annotations

from cmp.model.estate import Estate, Pool, Power


def power_of(pool: Pool, estate: Estate) -> Power | None:
    """A pool's power, or that of the hungriest pool where it states none; None where no pool states any."""
    if pool.power is not None:
        return pool.power
    known = [each.power for each in estate.pools if each.power is not None]
    return max(known, key=lambda each: (each.peak_watts.value, each.idle_watts.value), default=None)
