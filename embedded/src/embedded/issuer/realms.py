"""The realms of the issuer: each imitates one provider of the field, with its habits.

Pro Santé Connect: an odd discovery path, `acr` eidas1, a signed or encrypted userinfo, tokens of
two minutes. FranceConnect: eidas levels, a person's civil identity. ProConnect: `state` and `nonce`
of 32 characters at least, unknown parameters refused, codes of 30 s. Partners: programs alone.
https://industriels.esante.gouv.fr/produits-et-services/pro-sante-connect
https://docs.partenaires.franceconnect.gouv.fr · https://partenaires.proconnect.gouv.fr
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

USUAL_DISCOVERY: Final = ".well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Realm:
    """`acr`: the levels it can tell, lowest first. `shortest`: of `state` and `nonce`, in
    characters. `strict`: a parameter it does not know is refused. `people`: somebody logs in."""

    name: str
    label: str
    algorithm: str
    acr: tuple[str, ...]
    discovery: str = USUAL_DISCOVERY
    shortest: int = 8
    strict: bool = False
    people: bool = True
    code_seconds: float = 60.0
    access_seconds: int = 60


REALMS: Final = {
    realm.name: realm
    for realm in (
        Realm(
            "professionnels",
            "Pro Santé (démonstration)",
            "RS256",
            acr=("eidas1",),
            discovery=".well-known/wallet-openid-configuration",
            access_seconds=120,
        ),
        Realm("citoyens", "Identité citoyenne (démonstration)", "ES256", acr=("eidas1", "eidas2")),
        Realm(
            "coordination",
            "Agents publics (démonstration)",
            "RS256",
            acr=("eidas1",),
            shortest=32,
            strict=True,
            code_seconds=30.0,
        ),
        Realm(
            "partenaires",
            "Partenaires (démonstration)",
            "ES256",
            acr=(),
            people=False,
            access_seconds=300,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Account:
    """A fictitious person. `claims` are in userinfo, `granted` also in access tokens."""

    realm: str
    login: str
    name: str
    note: str
    acr: str
    claims: dict[str, Any]
    granted: dict[str, Any]

    @property
    def subject(self) -> str:
        """Its `sub` in the realm."""
        return f"demo-{self.realm}-{self.login}"


def read_accounts() -> tuple[Account, ...]:
    """Every demo account, in the order people are shown them."""
    declared = tomllib.loads(files("embedded.issuer").joinpath("accounts.toml").read_text("utf-8"))
    return tuple(
        Account(
            realm=realm,
            login=login,
            name=each["name"],
            note=each["note"],
            acr=each["acr"],
            claims=each.get("claims", {}),
            granted=each.get("granted", {}),
        )
        for realm, people in declared.items()
        for login, each in people.items()
    )


ACCOUNTS: Final = read_accounts()


def find_account(realm: str, login: str) -> Account | None:
    """The account of that login."""
    return next((a for a in ACCOUNTS if a.realm == realm and a.login == login), None)
