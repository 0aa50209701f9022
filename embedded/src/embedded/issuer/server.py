"""The issuer as a program: every realm under one address, only on this machine.

The data folder stores the keys. SIGHUP rotates them: a new key signs, the former still verifies.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

from aiohttp import web

from embedded.folder import lock_folder
from embedded.issuer import authorize, logout, tokens
from embedded.issuer.clients import Clients
from embedded.issuer.keys import Signer
from embedded.issuer.provider import Provider
from embedded.issuer.realms import REALMS
from embedded.ports import free_port
from embedded.processes import StartError, announce_ready

Endpoint = Callable[[Provider, web.Request], Awaitable[web.Response]]


def issuer_app(
    base: str,
    signers: Mapping[str, Signer],
    clients: Clients,
    *,
    now: Callable[[], float] = time.time,
) -> web.Application:
    """The HTTP application of all realms.

    `base`: its address, without a path. `signers`: by name of the realm. `now`: POSIX seconds.
    """
    app = web.Application()
    for signer in signers.values():
        _add_realm(app, Provider(base, signer, clients, now))
    return app


def signers_in(folder: Path) -> dict[str, Signer]:
    """The signer of each realm by its name, with the keys of that folder."""
    return {name: Signer(realm, folder) for name, realm in REALMS.items()}


def _add_realm(app: web.Application, provider: Provider) -> None:
    async def metadata(_: web.Request) -> web.Response:
        return web.json_response(provider.metadata)

    async def jwks(_: web.Request) -> web.Response:
        return web.json_response(provider.signer.public)

    def at(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(web_request: web.Request) -> web.Response:
            return await endpoint(provider, web_request)

        return answer

    root, add = f"/{provider.realm.name}", app.router
    add.add_get(f"{root}/{provider.realm.discovery}", metadata)
    add.add_get(f"{root}/jwks", jwks)
    add.add_get(f"{root}/authorize", at(authorize.authorize))
    add.add_post(f"{root}/login", at(authorize.log_in))
    add.add_post(f"{root}/token", at(tokens.token))
    for method in ("GET", "POST"):
        add.add_route(method, f"{root}/userinfo", at(tokens.userinfo))
        add.add_route(method, f"{root}/logout", at(logout.log_out))


def main(data: Path, port: int, clients: Path | None) -> int:
    """Serve until stopped. `clients`: their file, by default `clients.json` in `data`.

    Raises `StartError` if the port or the folder is in use.
    """
    lock_folder(data)
    return asyncio.run(_serve(data, port, clients or data / "clients.json"))


async def _serve(data: Path, port: int, clients: Path) -> int:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    signers = signers_in(data)

    def rotate() -> None:
        for signer in signers.values():
            signer.rotate()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, rotate)
    async with serving(signers, Clients(clients), port) as address:
        announce_ready(address=address)
        await stop.wait()
    return 0


@contextlib.asynccontextmanager
async def serving(
    signers: Mapping[str, Signer],
    clients: Clients,
    port: int = 0,
    *,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[str]:
    """Serve the issuer while entered; yields its address. `port`: 0 for a free one.

    Raises `StartError` if the port is in use.
    """
    port = port or free_port()
    base = f"http://127.0.0.1:{port}"
    runner = web.AppRunner(issuer_app(base, signers, clients, now=now), access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError as error:
            raise StartError(f"Le port {port} est déjà pris.") from error
        yield base
    finally:
        await runner.cleanup()
