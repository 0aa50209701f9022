"""Simulated participants: they consent with a code, store their cookie, and request boards.

A request that is refused or fails is not repeated at once; the next action follows as usual.
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

from demo.participants.habits import PAUSES, Join, ViewBoard, next_action

log = logging.getLogger(__name__)

COOKIE: Final = "__Host-participant"
_FAILURES: Final = (aiohttp.ClientError, TimeoutError)
"""The errors of a request without a response."""
_GONE: Final = frozenset({404, 410})
"""The statuses of an enrolment code that does not exist, or is not valid any more."""
_TIMEOUT_SECONDS: Final = 20.0


class Participants:
    """The simulated participants of one demo.

    `gateway`: the platform's public address. `key`: an API key of the platform itself, so that the
    quotas of visitors do not apply. `codes`: by pilot, an enrolment code. `codes_file`: stores the
    personal codes of the participants for the next start. `chance`: the random generator. `pauses`:
    minimum and maximum seconds between two requests.
    """

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

    async def run(self) -> None:
        """Act until cancelled."""
        async with aiohttp.ClientSession(
            self._gateway,
            # The origin of the platform's own pages: the gateway refuses requests of other sites.
            headers={"x-api-key": self._key, "origin": self._gateway},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
        ) as client:
            while True:
                try:
                    await self._next(client)
                except _FAILURES as error:
                    log.warning("The platform did not answer: %r", error)
                await asyncio.sleep(self._chance.uniform(*self._pauses))

    async def _next(self, client: aiohttp.ClientSession) -> None:
        if not self._stops:
            _, found = await _request(client, "GET", "/mobilite/v1/stops", params={"q": "gare"})
            self._stops = [each["id"] for each in found["stops"]] if found else []
        action = next_action(
            self._chance, people=len(self._people), codes=self._codes, stops=self._stops
        )
        if isinstance(action, Join):
            await self._join(client, action.code)
        elif isinstance(action, ViewBoard):
            path = f"/mobilite/v1/stops/{action.stop_id}/departures"
            cookie = {"cookie": f"{COOKIE}={self._people[action.person]}"}
            await _request(client, "GET", path, params={"limit": "5"}, headers=cookie)

    async def _join(self, client: aiohttp.ClientSession, code: str) -> None:
        """Read the offer of a code, and consent. A code that is gone, or whose pilot requires an
        account, is not used again."""
        own = "/pilotes/v1/participations"
        status, offer = await _request(client, "GET", f"{own}/offers/{code}")
        if status in _GONE or (offer is not None and offer["account_required"]):
            self._codes.remove(code)
            return
        if offer is None:
            return
        agreement = {
            "pilot_id": offer["pilot_id"],
            "code": code,
            "notice_version": offer["notice_version"],
            "declared": [each["name"] for each in offer["declarations"]],
        }
        _, agreed = await _request(client, "POST", own, json=agreement)
        if agreed is not None and agreed["personal_code"]:
            self._people.append(agreed["personal_code"])
            self._save()

    def _save(self) -> None:
        """Store the personal codes. The file is replaced by renaming, so that an interruption loses
        no participant."""
        unfinished = self._codes_file.with_suffix(".new")
        with os.fdopen(
            os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w"
        ) as file:
            json.dump(self._people, file)
        unfinished.replace(self._codes_file)


async def _request(
    client: aiohttp.ClientSession, method: str, path: str, **more: Any
) -> tuple[int, Any]:
    """The status of the response and its JSON, None if the status is an error. Raises `_FAILURES`
    without a response."""
    async with client.request(method, path, **more) as answer:
        if answer.ok:
            return answer.status, await answer.json()
        log.warning("%s %s: %s %s", method, path, answer.status, await answer.text())
        return answer.status, None
