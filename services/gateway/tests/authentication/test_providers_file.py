"""providers.toml as operators write it: its meaning, and the report of every mistake."""

from pathlib import Path

import pytest

from gateway.authentication.adapters.providers_file import read_providers
from socle.errors import Refusal

PSC = """
[[provider]]
id = "psc"
label = "Pro Santé Connect"
issuer = "https://auth.example.org/realms/esante-wallet"
discovery = "https://auth.example.org/realms/esante-wallet/.well-known/wallet-openid-configuration"
client_id = "region-lab"
client_secret_file = "psc.secret"
role = "professional"
acr = ["eidas1"]
algorithms = ["RS256"]
scopes = ["openid", "scope_all"]
userinfo = "jwt"
"""
REGION = """
[[provider]]
id = "region"
label = "Région"
issuer = "https://keycloak.example.org/realms/region"
client_id = "gateway"
role_claim = "realm_access.roles"
role_values = { coordination = "coordinator", editeur = "integrator" }
bearer_audience = "region-lab-api"
organisation_claim = "organisation"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "psc.secret").write_text("hush\n")
    path = folder / "providers.toml"
    path.write_text(text, "utf-8")
    return path


def test_several_providers_each_with_its_own_rules(tmp_path: Path) -> None:
    psc, region = read_providers(written(tmp_path, PSC + REGION))
    assert psc.discovery.endswith("/.well-known/wallet-openid-configuration")
    assert psc.client_secret == "hush"
    assert "hush" not in repr(psc)
    assert psc.roles.role_of({}) == "professional"
    assert psc.accepts_acr({"acr": "eidas1"})
    assert not psc.accepts_acr({"acr": "eidas0"})
    assert not psc.accepts_acr({})
    assert region.discovery == (
        "https://keycloak.example.org/realms/region/.well-known/openid-configuration"
    )
    assert region.algorithms == ("ES256", "RS256")
    assert region.client_secret is None
    assert region.accepts_acr({})


def test_a_role_is_read_in_the_claims_and_none_is_guessed(tmp_path: Path) -> None:
    (region,) = read_providers(written(tmp_path, REGION))

    def role(*held: str) -> str | None:
        return region.roles.role_of({"realm_access": {"roles": list(held)}})

    assert role("editeur") == "integrator"
    assert role("editeur", "coordination") == "coordinator"
    assert role("autre") is None
    assert region.roles.role_of({}) is None
    assert region.roles.role_of({"realm_access": "editeur"}) is None
    assert region.roles.role_of({"realm_access.roles": "editeur"}) == "integrator"
    assert region.organisation({"organisation": "FINESS 450000000"}) == "FINESS 450000000"
    assert region.organisation({"organisation": ["x"]}) is None
    assert region.patient({"patient": "1"}) is None


def test_professions_are_those_of_each_exercise(tmp_path: Path) -> None:
    text = PSC + 'profession_claim = "SubjectRefPro.exercices.codeProfession"\n'
    psc, region = read_providers(written(tmp_path, text + REGION))
    exercises = [{"codeProfession": each} for each in ("60", "10", "60", "6 0", "", 21, None)]
    claims = {"SubjectRefPro": {"exercices": exercises}}
    assert psc.professions(claims) == "10 60"
    assert region.professions(claims) is None
    for odd in ({}, {"SubjectRefPro": []}, {"SubjectRefPro": {"exercices": ["10"]}}):
        assert psc.professions(odd) is None


@pytest.mark.parametrize(
    ("written_so", "instead", "body"),
    [
        ('acr = ["eidas1"]', 'acrs = ["eidas1"]', "champ inconnu"),
        ('algorithms = ["RS256"]', 'algorithms = ["HS256"]', "algorithms"),
        ('algorithms = ["RS256"]', 'algorithms = ["none"]', "algorithms"),
        ('algorithms = ["RS256"]', "algorithms = []", "algorithms"),
        ('role = "professional"', 'role = "house"', "role"),
        ('role = "professional"', "", "role ou role_claim"),
        ('role = "professional"', 'role = "patient"\nrole_claim = "r"', "role ou role_claim"),
        ('role = "professional"', 'role_claim = "r"', "vont ensemble"),
        ('issuer = "https:', 'issuer = "http:', "issuer"),
        ('client_secret_file = "psc.secret"', 'client_secret_file = "other"', "illisible"),
        ('userinfo = "jwt"', 'bearer_audience = "region-lab"', "bearer_audience"),
        ("[[provider]]", "[[provider]", "TOML"),
    ],
)
def test_a_mistake_is_reported(tmp_path: Path, written_so: str, instead: str, body: str) -> None:
    assert written_so in PSC
    with pytest.raises(Refusal, match=body.replace("[", r"\[")) as refused:
        read_providers(written(tmp_path, PSC.replace(written_so, instead)))
    assert refused.value.category == "invalid"
    assert "hush" not in refused.value.message


@pytest.mark.parametrize("change", ["id", "issuer"])
def test_two_providers_of_one_name_or_issuer_are_refused(tmp_path: Path, change: str) -> None:
    second = PSC.replace('"psc"', '"other"') if change == "issuer" else PSC
    second = second.replace("wallet", "other") if change == "id" else second
    with pytest.raises(Refusal, match=f"{change} en double"):
        read_providers(written(tmp_path, PSC + second))


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="illisible"):
        read_providers(tmp_path / "none.toml")
