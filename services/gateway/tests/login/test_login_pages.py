"""The pages of login, as a person reads them."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from gateway.authentication.domain.provider import AssignableRole
from gateway.login.api.login_pages import account_page
from gateway.routes.domain.plan_names import PlanName
from gateway.sessions.domain.session import Session
from socle.pages import Visitor
from socle.pages.texts import site_texts

UNTIL = datetime(2026, 3, 2, 12, tzinfo=UTC)
SESSION = Session(
    digest=b"",
    provider="citoyens",
    subject="s-lucie",
    sid=None,
    role="patient",
    label="Lucie EXEMPLE",
    organisation=None,
    patient="demo-lucie",
    until=UNTIL,
)


@pytest.mark.parametrize(
    ("plan", "displayed"), [("public", None), ("registered", None), ("partner", "partenaire")]
)
def test_the_account_has_a_plan_only_if_somebody_granted_one(
    plan: PlanName, displayed: str | None
) -> None:
    identity = SESSION.identity(UNTIL.timestamp())
    page = bytes(account_page(SESSION, identity, plan, None, None).body).decode()
    assert ("Formule de l’API" in page) is (displayed is not None)
    assert "avec une clé gratuite" not in page
    if displayed is not None:
        assert f"<dd>{displayed}</dd>" in page


def test_every_account_is_logged_in_on_pages() -> None:
    for role in get_args(AssignableRole):
        assert Visitor.of_account(role, "s", None).logged_in, role
        # Where a service does not know the name.
        assert f"role_{role}" in site_texts()
