"""The page that lists the applications a person granted access, each with a way to revoke it."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Response

from gateway.callers.domain.identity import Role
from gateway.oauth.api.scope_texts import told_of
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
    granted: Sequence[tuple[Application, str]], role: Role, *, taken_back: bool
) -> Response:
    """What the person granted: each application with its name."""
    done = '<p role="status">L\'accès est retiré.</p>\n' if taken_back else ""
    if not granted:
        nobody = "<p>Aucune application n'a d'accès donné par vous.</p>"
        return page("Applications autorisées", done + nobody)
    rows = "".join(_application(each, name, role) for each, name in granted)
    return page("Applications autorisées", f'{done}<ul class="choix">{rows}</ul>')


def _application(granted: Application, name: str, role: Role) -> str:
    lines = "".join(f"<li>{text(line)}</li>" for line in told_of(granted.given, role))
    return _APPLICATION.format(
        name=text(name),
        since=granted.at.astimezone(_ZONE).strftime("%d/%m/%Y"),
        use=", l'accès court en ce moment." if granted.in_use else ".",
        lines=lines,
        client=text(granted.client),
    )
