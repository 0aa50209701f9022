"""One database per service, on the embedded PostgreSQL or on the server of a given URL."""

from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from regionlab.errors import Unreachable, UserError

_CONNECT_SECONDS = 10.0


def database_url(server: str, service: str) -> str:
    """The URL of a service's database. `server`: the server's URL, whose options are retained."""
    return urlunsplit(urlsplit(server)._replace(path=f"/regionlab_{service}"))


async def create_databases(server: str, services: Sequence[str]) -> None:
    """Create the databases of those services, if they are missing.

    `server`: the server's URL. Raises `Unreachable` if it cannot be used, and `UserError` if the
    account is not permitted to create databases. Messages never contain the URL: it has the
    password.
    """
    try:
        connection = await asyncpg.connect(server, timeout=_CONNECT_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        raise Unreachable(f"PostgreSQL ne répond pas à l'adresse donnée : {error}") from None
    try:
        for service in services:
            try:
                # Names of services are lower-case letters and digits: no quoting is needed.
                await connection.execute(f"CREATE DATABASE regionlab_{service}")
            # UniqueViolation: another launcher creates it at the same time.
            except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                continue
    except asyncpg.InsufficientPrivilegeError:
        raise UserError(
            "Ce compte PostgreSQL ne peut pas créer de base : donnez-lui CREATEDB, ou créez "
            + ", ".join(f"regionlab_{service}" for service in services)
        ) from None
    finally:
        await connection.close()
