"""Random keys that belong to a queue: made when they are first asked for, the same ones ever after."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from export.database import Database
from export.tables import keys


def signing_key(database: Database) -> bytes:
    """The key by which the servers of this queue sign links."""
    return bytes.fromhex(made_once(database, "links"))


def made_once(database: Database, name: str) -> str:
    """64 random hexadecimal digits that belong to this queue: the same ones whenever `name` is asked for."""
    query = sa.select(keys.c.value).where(keys.c.name == name)
    with database.reading() as connection:
        found: str | None = connection.scalar(query)
    if found is None:
        try:
            with database.writing() as transaction:
                transaction.connection.execute(keys.insert().values(name=name, value=secrets.token_hex(32)))
        except IntegrityError:
            pass  # another process was faster
        with database.reading() as connection:
            found = str(connection.execute(query).scalar_one())
    return found
