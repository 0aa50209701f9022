"""People before the pages: each with a device of their own, and an account or none."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pilot_lab import HOLDER, NOBODY, Lab

from socle.auth import TOKEN_HEADER


@dataclass(slots=True)
class Page:
    """What is in front of somebody."""

    status: int
    path: str
    text: str
    headers: Any

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text, re.DOTALL)
        return html.unescape(found[1]) if found else ""

    @property
    def words(self) -> str:
        """The text alone, on one line."""
        body = self.text.partition("<main>")[2]
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def hidden(self) -> dict[str, str]:
        """What its form carries along."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.text)
        return {name: html.unescape(value) for name, value in found}

    @property
    def personal_code(self) -> str:
        found = re.search(r'<p class="code">([^<]+)</p>', self.text)
        assert found, self.words
        return found[1]


@dataclass(slots=True)
class Visitor:
    """One person with one device. `who`: role and subject, as the gateway would say."""

    lab: Lab
    who: tuple[str, str] = NOBODY
    cookies: dict[str, str] = field(default_factory=dict)

    async def go(self, path: str, form: Mapping[str, str | Sequence[str]] | None = None) -> Page:
        """Go there, or send a form there, and on where one is sent."""
        while True:
            headers = {TOKEN_HEADER.decode(): self.lab.token(self.who)}
            if self.cookies:
                headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
            method = "GET" if form is None else "POST"
            pairs = [
                (name, each)
                for name, told in (form or {}).items()
                for each in ([told] if isinstance(told, str) else told)
            ]
            async with self.lab.client.request(
                method,
                self.lab.address + path,
                data=pairs if form is not None else None,
                headers=headers,
                allow_redirects=False,
                cookies={},
            ) as answer:
                self._keep(answer.headers.getall("set-cookie", []))
                if answer.status != 303:
                    return Page(answer.status, path, await answer.text(), answer.headers)
                path, form = answer.headers["location"], None

    def _keep(self, lines: Sequence[str]) -> None:
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(line.split("; ")), line
            if value.strip('"'):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)

    async def enrol(self, code: str, *, declared: Sequence[str] = ("age",)) -> Page:
        """Read what a code opens, and say yes."""
        path = f"/participer/c/{code}"
        offer = await self.go(path)
        assert offer.hidden, offer.words
        return await self.go(path, {**offer.hidden, "declared": declared, "decision": "yes"})

    async def asks(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The same person's application, on the same device."""
        headers = {TOKEN_HEADER.decode(): self.lab.token(self.who)}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        url = f"{self.lab.address}/pilotes/v1{path}"
        async with self.lab.client.request(
            method, url, json=body, headers=headers, cookies={}
        ) as answer:
            self._keep(answer.headers.getall("set-cookie", []))
            return answer.status, await answer.json(content_type=None)


async def codes(lab: Lab, count: int = 1, *, pilot: str = "alertes", **order: Any) -> list[str]:
    """New ones, as they are printed."""
    told = {"label": "Lettres", "count": count} | order
    made = await lab.ask("POST", f"/pilots/{pilot}/invitations", told, who=HOLDER)
    assert made.status == 201, made.body
    return [each["code"] for each in made.json["codes"]]


def path_of(link: str) -> str:
    return urlsplit(link).path
