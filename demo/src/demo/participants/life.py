"""The participants' life: they agree by a code, keep their device's cookie, and watch boards.

What is refused or away is met as people meet it: another time.
"""

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp

from demo.participants.habits import PAUSES, Join, Look, next_wish

log = logging.getLogger(__name__)

COOKIE: Final = "__Host-participant"
_AWAY: Final = (aiohttp.ClientError, TimeoutError)
_SECONDS: Final = 20.0


class Participants:
    """`gateway`: the platform's address, as people name it; `key`: of the house, so that they use
    up nobody's plan; `codes`: that let people in; `kept`: the file of those who agreed, for the
    next start; `pauses`: seconds between two requests, at least and at most."""

    def __init__(
        self,
        gateway: str,
        *,
        key: str,
        codes: Mapping[str, str],
        codes_file: Path,
        chance: Random,
        pauses: tuple[float, float] = PAUSES,
    ) -> None:
        self._gateway, self._key = gateway, key
        self._codes = list(codes.values())
        self._codes_file, self._chance, self._pauses = codes_file, chance, pauses
        self._people: list[str] = json.loads(codes_file.read_text()) if codes_file.exists() else []
        self._stops: list[str] = []

    async def live(self) -> None:
        """Runs until cancelled."""
        async with aiohttp.ClientSession(
            self._gateway,
            # As our own pages would: the door believes no other site.
            headers={"x-api-key": self._key, "origin": self._gateway},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=_SECONDS),
        ) as client:
            while True:
                try:
                    await self._next(client)
                except _AWAY as error:
                    log.warning("The platform did not answer: %r", error)
                await asyncio.sleep(self._chance.uniform(*self._pauses))

    async def _next(self, client: aiohttp.ClientSession) -> None:
        if not self._stops:
            found = await _request(client, "GET", "/mobilite/v1/stops", params={"q": "gare"})
            self._stops = [each["id"] for each in found["stops"]] if found else []
        wish = next_wish(
            self._chance, people=len(self._people), codes=self._codes, stops=self._stops
        )
        if isinstance(wish, Join):
            await self._join(client, wish.code)
        elif isinstance(wish, Look):
            path = f"/mobilite/v1/stops/{wish.stop_id}/departures"
            cookie = {"cookie": f"{COOKIE}={self._people[wish.person]}"}
            await _request(client, "GET", path, params={"limit": "5"}, headers=cookie)

    async def _join(self, client: aiohttp.ClientSession, code: str) -> None:
        """Read what the code opens, and agree. A code that opens nothing is not tried again."""
        own = "/pilotes/v1/participations"
        offer = await _request(client, "GET", f"{own}/offers/{code}")
        if offer is None or offer["account_required"]:
            self._codes.remove(code)
            return
        agreement = {
            "pilot_id": offer["pilot_id"],
            "code": code,
            "notice_version": offer["notice_version"],
            "declared": [each["name"] for each in offer["declarations"]],
        }
        agreed = await _request(client, "POST", own, json=agreement)
        if agreed is not None and agreed["personal_code"]:
            self._people.append(agreed["personal_code"])
            self._save()

    def _save(self) -> None:
        """Written aside and put in place: whoever stops meanwhile loses nobody."""
        unfinished = self._codes_file.with_suffix(".new")
        with os.fdopen(
            os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w"
        ) as file:
            json.dump(self._people, file)
        unfinished.replace(self._codes_file)


async def _request(client: aiohttp.ClientSession, method: str, path: str, **more: Any) -> Any:
    """The JSON answered; None where it is refused. Raises as aiohttp does where nobody answers."""
    async with client.request(method, path, **more) as answer:
        if answer.ok:
            return await answer.json()
        log.warning("%s %s: %s %s", method, path, answer.status, await answer.text())
        return None
