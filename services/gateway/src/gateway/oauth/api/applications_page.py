"""The page that lists the applications a person granted access, each with a way to revoke it."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Response

from gateway.callers.domain.identity import Role
from gateway.oauth.api.scope_texts import describe_scopes
from gateway.oauth.domain.grants import Application
from socle.http.pages import page, text

_APPLICATION: Final = """<li>
<h2>{name}</h2>
<p>Depuis le {since}{use}</p>
<ul>{lines}</ul>
<form method="post" action="/auth/applications">
<button name="client" value="{client}">Retirer l'accès de {name}</button>
</form>
</li>
"""
_ZONE: Final = ZoneInfo("Europe/Paris")


def applications_page(
    granted: Sequence[tuple[Application, str]], role: Role, *, revoked: bool
) -> Response:
    """The page. `granted`: each application with its name. `revoked`: it follows a revocation."""
    notice = '<p role="status">L\'accès est retiré.</p>\n' if revoked else ""
    if not granted:
        empty = "<p>Vous n'avez autorisé aucune application.</p>"
        return page("Applications autorisées", notice + empty)
    rows = "".join(_application(each, name, role) for each, name in granted)
    return page("Applications autorisées", f'{notice}<ul class="choix">{rows}</ul>')


def _application(granted: Application, name: str, role: Role) -> str:
    lines = "".join(f"<li>{text(line)}</li>" for line in describe_scopes(granted.given, role))
    return _APPLICATION.format(
        name=text(name),
        since=granted.at.astimezone(_ZONE).strftime("%d/%m/%Y"),
        use=", l'accès court en ce moment." if granted.in_use else ".",
        lines=lines,
        client=text(granted.client),
    )
