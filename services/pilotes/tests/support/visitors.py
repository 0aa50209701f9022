"""People in front of the pages, each with their own device, and an account or none."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pilot_lab import ANONYMOUS, HOLDER, Lab

from socle.auth import TOKEN_HEADER


def _plain(markup: str) -> str:
    """The text of HTML, with plain apostrophes and spaces, as it is written in texts.toml."""
    text = html.unescape(re.sub(r"<[^>]+>", " ", markup))
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


@dataclass(slots=True)
class Page:
    """A page that a person sees."""

    status: int
    path: str
    text: str
    headers: Any

    @property
    def title(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.DOTALL)
        return _plain(found[1]) if found else ""

    @property
    def words(self) -> str:
        """The text of its content alone, on one line."""
        return _plain(self.text.partition("<main")[2].partition("</main>")[0].partition(">")[2])

    @property
    def language(self) -> str:
        found = re.search(r'<html lang="(\w+)">', self.text)
        return found[1] if found else ""

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of its form."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.text)
        return {name: html.unescape(value) for name, value in found}

    @property
    def notice_read(self) -> dict[str, str]:
        """The hidden fields that name the notice, as a program sends them."""
        return {name: self.hidden[name] for name in ("pilot_id", "notice_version")}

    @property
    def personal_code(self) -> str:
        found = re.search(r'<p class="code-personnel">([^<]+)</p>', self.text)
        assert found, self.words
        return found[1]


@dataclass(slots=True)
class Visitor:
    """One person with one device. `who`: role and subject, as the gateway signs them."""

    lab: Lab
    who: tuple[str, str] = ANONYMOUS
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "fr"
    """Which their browser asks for."""

    async def go(self, path: str, form: Mapping[str, str | Sequence[str]] | None = None) -> Page:
        """Open the page, or send a form to it, and follow redirects."""
        while True:
            headers = {
                TOKEN_HEADER.decode(): self.lab.token(self.who),
                "accept": "text/html",
                "accept-language": self.language,
            }
            if self.cookies:
                headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
            method = "GET" if form is None else "POST"
            pairs = [
                (name, each)
                for name, value in (form or {}).items()
                for each in ([value] if isinstance(value, str) else value)
            ]
            async with self.lab.client.request(
                method,
                self.lab.address + path,
                data=pairs if form is not None else None,
                headers=headers,
                allow_redirects=False,
                cookies={},
            ) as answer:
                self._store_cookies(answer.headers.getall("set-cookie", []))
                if answer.status not in (303, 308):
                    return Page(answer.status, path, await answer.text(), answer.headers)
                path, form = answer.headers["location"], None

    def _store_cookies(self, lines: Sequence[str]) -> None:
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(line.split("; ")), line
            if value.strip('"'):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)

    async def enrol(
        self, code: str, *, declared: Sequence[str] = ("age",), place: str = ""
    ) -> Page:
        """Read what a code opens, and agree."""
        path = f"/participer/c/{code}"
        offer = await self.go(path)
        assert offer.hidden, offer.words
        answers = {"declared": declared, "place": place, "decision": "yes"}
        return await self.go(path, {**offer.hidden, **answers})

    async def request_api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """A request of the person's application, on the same device."""
        headers = {TOKEN_HEADER.decode(): self.lab.token(self.who)}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        url = f"{self.lab.address}/pilotes/v1{path}"
        async with self.lab.client.request(
            method, url, json=body, headers=headers, cookies={}
        ) as answer:
            self._store_cookies(answer.headers.getall("set-cookie", []))
            return answer.status, await answer.json(content_type=None)


async def codes(lab: Lab, count: int = 1, *, pilot: str = "alertes", **order: Any) -> list[str]:
    """New codes, as they are printed."""
    value = {"label": "Lettres", "count": count} | order
    made = await lab.request("POST", f"/pilots/{pilot}/invitations", value, who=HOLDER)
    assert made.status == 201, made.body
    return [each["code"] for each in made.json["codes"]]


def path_of(link: str) -> str:
    return urlsplit(link).path
