"""Keeps accounts, their rights and their tokens; of a token only its SHA-256 is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, update

from cmp.errors import Conflict, Invalid, Refused
from cmp.identity.rights import ADMINISTRATORS, EVERYWHERE, Person, Right, Role, refuse_mixed
from cmp.model.actors import Actor, ActorKind
from cmp.operations.database import ServiceDatabase
from cmp.operations.tables import accounts, codes, rights, tokens
from cmp.sentences import Sentence

ISSUER: Final = "local"
PREFIX: Final = "tric_"
"""How a token begins: people and scanners of secrets know it by that."""
BYTES: Final = 32
LIFE: Final = timedelta(days=90)
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Account:
    """An account and what it may do."""

    id: str
    name: str
    kind: ActorKind
    made_by: str
    disabled: bool
    rights: frozenset[Right]


class Accounts:
    """The accounts of a service."""

    def __init__(self, database: ServiceDatabase) -> None:
        self._database = database

    def first_codes(self) -> dict[Role, str]:
        """A one-time code for each administrator where there is no account yet; they are told once.

        Codes that nobody used are replaced.
        """
        with self._database.writing() as connection:
            if connection.scalar(select(func.count()).select_from(accounts)):
                return {}
            connection.execute(delete(codes))
            made = {role: secrets.token_hex(12) for role in sorted(ADMINISTRATORS)}
            rows = [
                {"digest": digest_of(code), "role": role.value, "used": False} for role, code in made.items()
            ]
            connection.execute(insert(codes), rows)
        return made

    def redeem(self, code: str, name: str, now: datetime) -> tuple[Account, str]:
        """Make the administrator's account that a one-time code is for; answers with a token for it.

        Raises:
            Refused: there is no such code, or it was used.
            Invalid: nobody can be called so.
            Conflict: there is an account of that name.
        """
        with self._database.writing() as connection:
            row = codes.c.digest == digest_of(code)
            unused = update(codes).where(row, codes.c.used.is_(False)).values(used=True)
            if connection.execute(unused).rowcount != 1:
                raise Refused(
                    "this code is none, or it was used", hint="the service tells new ones when it begins"
                )
            role = Role(connection.scalar(select(codes.c.role).where(row)) or "")
            made = self._made(connection, name, ActorKind.PERSON, "a one-time code", [Right(role)])
            return made, self._token(connection, made.id, now)

    def make(
        self, name: str, kind: ActorKind, wanted: Iterable[Right], by: Actor, now: datetime
    ) -> tuple[Account, str]:
        """Make an account; answers with a token for it, which is told once.

        Raises:
            Refused: the roles exclude each other.
            Invalid: nobody can be called so.
            Conflict: there is an account of that name.
        """
        chosen = frozenset(wanted)
        refuse_mixed(chosen)
        with self._database.writing() as connection:
            made = self._made(connection, name, kind, by.id, chosen)
            return made, self._token(connection, made.id, now)

    def disable(self, account_id: str) -> None:
        """Disable an account: none of its tokens is good any more.

        Raises:
            Invalid: there is none.
            Refused: it is the last security administrator.
        """
        with self._database.writing() as connection:
            found = connection.execute(select(accounts).where(accounts.c.id == account_id)).one_or_none()
            if found is None:
                raise Invalid(Sentence("there is no account {account_id}", account_id=f"{account_id!r:.80}"))
            if self._is_last(connection, account_id):
                raise Refused(
                    Sentence("{account_id} is the last security administrator", account_id=account_id),
                    hint="make another one first",
                )
            connection.execute(update(accounts).where(accounts.c.id == account_id).values(disabled=True))
            connection.execute(delete(tokens).where(tokens.c.account == account_id))

    def forget(self, token: str) -> None:
        """End one token."""
        with self._database.writing() as connection:
            connection.execute(delete(tokens).where(tokens.c.digest == digest_of(token)))

    def who(self, token: str, now: datetime) -> Person | None:
        """Whoever a token stands for; None where it is none, has expired, or its account is disabled."""
        query = select(accounts.c.id, accounts.c.name, accounts.c.kind, tokens.c.expires).where(
            tokens.c.digest == digest_of(token),
            tokens.c.account == accounts.c.id,
            accounts.c.disabled.is_(False),
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
            if row is None or row.expires < now.isoformat():
                return None
            held = self._rights(connection, row.id)
        return Person(Actor(row.id, ActorKind(row.kind), row.name), held)

    def may(self, account_id: str, action: str, environment: str) -> bool:
        """True where an account may do something there at this moment."""
        with self._database.reading() as connection:
            query = select(accounts.c.id).where(accounts.c.id == account_id, accounts.c.disabled.is_(False))
            if connection.scalar(query) is None:
                return False
            held = self._rights(connection, account_id)
        return Person(Actor(account_id), held).may(action, environment)

    def listed(self) -> tuple[Account, ...]:
        """Every account, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.name)).all()
            return tuple(
                Account(
                    row.id,
                    row.name,
                    ActorKind(row.kind),
                    row.made_by,
                    row.disabled,
                    self._rights(connection, row.id),
                )
                for row in rows
            )

    def _made(
        self, connection: Connection, name: str, kind: ActorKind, by: str, wanted: Iterable[Right]
    ) -> Account:
        if not NAME.fullmatch(name):
            raise Invalid(
                Sentence("nobody can be called {name}", name=f"{name!r:.80}"),
                hint="lower-case letters, digits, dots and hyphens",
            )
        account_id = f"{ISSUER}#{name}"
        if connection.scalar(select(accounts.c.id).where(accounts.c.id == account_id)) is not None:
            raise Conflict(
                Sentence("there is an account {name} already", name=name), hint="take another name"
            )
        row = {"id": account_id, "name": name, "kind": kind.value, "made_by": by, "disabled": False}
        connection.execute(insert(accounts).values(**row))
        held = frozenset(wanted)
        rows = [
            {"account": account_id, "role": r.role.value, "environment": r.environment} for r in sorted(held)
        ]
        if rows:
            connection.execute(insert(rights), rows)
        return Account(account_id, name, kind, by, disabled=False, rights=held)

    def _token(self, connection: Connection, account: str, now: datetime) -> str:
        token = PREFIX + secrets.token_urlsafe(BYTES)
        row = {"digest": digest_of(token), "account": account, "expires": (now + LIFE).isoformat()}
        connection.execute(insert(tokens).values(**row))
        return token

    def _rights(self, connection: Connection, account_id: str) -> frozenset[Right]:
        rows = connection.execute(select(rights).where(rights.c.account == account_id)).all()
        return frozenset(Right(Role(row.role), row.environment) for row in rows)

    def _is_last(self, connection: Connection, account_id: str) -> bool:
        query = select(rights.c.account).where(
            rights.c.role == Role.SECURITY.value,
            rights.c.environment == EVERYWHERE,
            rights.c.account == accounts.c.id,
            accounts.c.disabled.is_(False),
        )
        return set(connection.scalars(query)) == {account_id}


def digest_of(secret: str) -> str:
    """SHA-256, in hex: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
