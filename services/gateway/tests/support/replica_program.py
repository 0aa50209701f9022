"""A replica of a service in its own process: every path answers after a short delay."""

import socle.importing  # isort: skip # noqa: F401 - makes the imports below faster
import asyncio

from pydantic_settings import SettingsConfigDict

from socle.http import Receive, Scope, Send
from socle.service import RunningRole, WiringContext, run
from socle.settings import ServiceSettings

BODY = b'{"generated_at":"2026-03-02T07:30:00+01:00","departures":[]}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


class ReplicaSettings(ServiceSettings):
    """Variables REPLICA_*."""

    model_config = SettingsConfigDict(env_prefix="REPLICA_")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await asyncio.sleep(0.005)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


async def wire(given: WiringContext[ReplicaSettings]) -> RunningRole:
    return RunningRole(app=app)


if __name__ == "__main__":
    run("replica", ReplicaSettings, {"replica": wire}, default_role="replica")
