"""The realms of the issuer: each imitates a real provider, with its particularities.

Pro Santé Connect: an unusual discovery path, `acr` eidas1, a signed or encrypted userinfo, tokens
of two minutes. FranceConnect: eidas levels, a person's civil identity. ProConnect: `state` and
`nonce` of 32 characters at least, unknown parameters refused, codes of 30 s. Partners: programs
only.
https://industriels.esante.gouv.fr/produits-et-services/pro-sante-connect
https://docs.partenaires.franceconnect.gouv.fr · https://partenaires.proconnect.gouv.fr
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

DEFAULT_DISCOVERY: Final = ".well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Realm:
    """One realm."""

    name: str
    label: str
    """Its name in French."""
    label_en: str
    """Its name in English."""
    algorithm: str
    """Of its signatures."""
    acr: tuple[str, ...]
    """The authentication context classes it supports, lowest first."""
    discovery: str = DEFAULT_DISCOVERY
    """The path of its discovery document."""
    min_length: int = 8
    """Of `state` and `nonce`, in characters."""
    strict: bool = False
    """Whether unknown parameters are refused."""
    has_login: bool = True
    """Whether people log in; otherwise only programs get tokens."""
    code_seconds: float = 60.0
    """Lifetime of codes."""
    access_seconds: int = 60
    """Lifetime of access tokens."""

    @property
    def labels(self) -> dict[str, str]:
        """Its name on pages, by language."""
        return {"fr": self.label, "en": self.label_en}


REALMS: Final = {
    realm.name: realm
    for realm in (
        Realm(
            "professionnels",
            "Pro Santé (démonstration)",
            "Pro Santé (demonstration)",
            "RS256",
            acr=("eidas1",),
            discovery=".well-known/wallet-openid-configuration",
            access_seconds=120,
        ),
        Realm(
            "citoyens",
            "Identité citoyenne (démonstration)",
            "Citizens’ identity (demonstration)",
            "ES256",
            acr=("eidas1", "eidas2"),
        ),
        Realm(
            "coordination",
            "Agents publics (démonstration)",
            "Public servants (demonstration)",
            "RS256",
            acr=("eidas1",),
            min_length=32,
            strict=True,
            code_seconds=30.0,
        ),
        Realm(
            "partenaires",
            "Partenaires (démonstration)",
            "Partners (demonstration)",
            "ES256",
            acr=(),
            has_login=False,
            access_seconds=300,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Account:
    """A fictitious person, from accounts.toml."""

    realm: str
    """The name of the realm."""
    login: str
    """Its id in the realm."""
    name: str
    note: str
    """Who they are, in French."""
    note_en: str
    """Who they are, in English."""
    acr: str
    """The authentication context class of its logins."""
    claims: dict[str, Any]
    """In userinfo."""
    granted: dict[str, Any]
    """In access tokens."""

    @property
    def subject(self) -> str:
        """Its `sub` in the realm."""
        return f"demo-{self.realm}-{self.login}"

    @property
    def notes(self) -> dict[str, str]:
        """Who they are, on the login page, by language."""
        return {"fr": self.note, "en": self.note_en}


def read_accounts() -> tuple[Account, ...]:
    """Every demo account, in display order."""
    declared = tomllib.loads(files("embedded.issuer").joinpath("accounts.toml").read_text("utf-8"))
    return tuple(
        Account(
            realm=realm,
            login=login,
            name=each["name"],
            note=each["note"],
            note_en=each["note_en"],
            acr=each["acr"],
            claims=each.get("claims", {}),
            granted=each.get("granted", {}),
        )
        for realm, people in declared.items()
        for login, each in people.items()
    )


ACCOUNTS: Final = read_accounts()


def find_account(realm: str, login: str) -> Account | None:
    """The account of that login, if any."""
    return next((a for a in ACCOUNTS if a.realm == realm and a.login == login), None)
