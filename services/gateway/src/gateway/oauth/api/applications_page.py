"""The page that lists the applications a person granted access, each with a way to revoke it."""

from collections.abc import Sequence

from fastapi import Response

from gateway.callers.domain.identity import Role
from gateway.http.api.pages import PAGES
from gateway.oauth.api.scope_texts import describe_scopes
from gateway.oauth.domain.grants import Application


def applications_page(
    granted: Sequence[tuple[Application, str]], role: Role, *, revoked: bool
) -> Response:
    """The page. `granted`: each application with its name. `revoked`: it follows a revocation."""
    applications = [
        {
            "client": each.client,
            "name": name,
            "since": each.at,
            "in_use": each.in_use,
            "scopes": describe_scopes(each.given, role),
        }
        for each, name in granted
    ]
    return PAGES.answer("applications/page.html", applications=applications, revoked=revoked)
