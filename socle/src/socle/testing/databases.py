"""Fresh databases on one PostgreSQL server: a copy of a migrated template takes 25 ms, migrating an
empty database up to 160 ms."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import uvloop

from socle.postgres import migrate


class Databases:
    """Creates databases on the server at `url`, one template per package, and drops them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._templates: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._connection = self._runner.run(asyncpg.connect(self._url))
        return self

    def __exit__(self, *_: object) -> None:
        with self._runner:
            for name in self._templates.values():
                self._drop(name)
            self._runner.run(self._connection.close())

    @contextmanager
    def fresh(self, package: str | None = None) -> Iterator[str]:
        """URL of a new database, dropped at the end.

        `package`: whose migrations are applied; None: the database is empty.
        """
        name = self._create(self._template(package) if package else "template1")
        yield self._url_of(name)
        self._drop(name)

    def _template(self, package: str) -> str:
        if package not in self._templates:
            name = self._create("template1")
            try:
                self._runner.run(migrate(self._url_of(name), package))
            except BaseException:
                self._drop(name)
                raise
            self._templates[package] = name
        return self._templates[package]

    def _create(self, template: str) -> str:
        name = f"test_{uuid.uuid4().hex}"
        # Copying files is the faster way on a server that does not wait for its disk.
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def _drop(self, name: str) -> None:
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        self._runner.run(self._connection.execute(statement))

    def _url_of(self, name: str) -> str:
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))
