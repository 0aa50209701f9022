"""One database per service, on the embedded PostgreSQL or under a given URL."""

from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from regionlab.errors import Unreachable, UserError

_CONNECT_SECONDS = 10.0


def database_url(server: str, service: str) -> str:
    """The URL of a service's database on that server, with the URL's options."""
    return urlunsplit(urlsplit(server)._replace(path=f"/regionlab_{service}"))


async def create_databases(server: str, services: Sequence[str]) -> None:
    """Create the services' databases that are missing.

    Raises `Unreachable`, or `UserError` when the server refuses; the URL is never quoted, since
    it carries the password.
    """
    try:
        connection = await asyncpg.connect(server, timeout=_CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        raise Unreachable(f"PostgreSQL ne répond pas à l'adresse donnée : {error}") from None
    try:
        for service in services:
            try:
                # The name is from our table of services: no quoting is needed.
                await connection.execute(f"CREATE DATABASE regionlab_{service}")
            except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                continue
    except asyncpg.InsufficientPrivilegeError:
        raise UserError(
            "Ce compte PostgreSQL ne peut pas créer de base : donnez-lui CREATEDB, ou créez "
            + ", ".join(f"regionlab_{service}" for service in services)
        ) from None
    finally:
        await connection.close()
