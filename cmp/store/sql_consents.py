"""Keeps consents in tables that a team shares, a row each."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from cmp.model.consent import Consent, Demand
from cmp.store.consents import bytes_of, consent_of, in_order, parsed
from cmp.store.database import Database, put
from cmp.store.state_tables import consents, demands


@dataclass(frozen=True, slots=True)
class SqlConsents:
    """Consents and demands, a row each."""

    database: Database = field(repr=False)

    def keep(self, consent: Consent) -> None:
        """Keep a consent whole."""
        with self.database.writing() as connection:
            values = {"environment": consent.environment, "content": bytes_of(consent)}
            put(connection, consents, {"id": consent.id}, values)

    def of(self, environment: str) -> tuple[Consent, ...]:
        """Every consent of an environment, the oldest first."""
        query = select(consents.c.id, consents.c.content).where(consents.c.environment == environment)
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        return in_order(consent_of(bytes(row.content), f"state:{row.id}") for row in rows)

    def demand(self, environment: str) -> Demand | None:
        """Whether an environment asks for consent."""
        query = select(demands.c.content).where(demands.c.environment == environment)
        with self.database.reading() as connection:
            content = connection.scalar(query)
        return None if content is None else parsed(Demand, bytes(content), f"state:{environment}")

    def keep_demand(self, demand: Demand) -> None:
        """Keep whether an environment asks for consent."""
        with self.database.writing() as connection:
            put(connection, demands, {"environment": demand.environment}, {"content": bytes_of(demand)})
