"""Identity in the demo: the clients of the embedded issuer, and the gateway's providers.

Secrets are created once per data folder; both configuration files are written at each start, with
the current addresses. The issuer's port is reused, because pseudonyms depend on its address.
"""

import json
import secrets
from pathlib import Path
from typing import Any, Final

from joserfc.jwk import RSAKey

from embedded.ports import free_port
from regionlab.credentials.secrets import read_or_create_secret, write_secret
from regionlab.launch.installation import Installation, is_free

BEARER_AUDIENCE: Final = "regionlab-api"
"""The audience of the tokens of `regionlab token`."""

LAUNCHER_CLIENT_ID: Final = "regionlab-outil"
"""The id of the OAuth client of `regionlab token`, in every realm."""
_GATEWAY_CLIENT_ID: Final = "regionlab"
_PROVIDERS: Final = """\
# Les fournisseurs d'identité de la démonstration ; écrit par le lanceur.
[[provider]]
id = "professionnels"
label = "Pro Santé (démo)"
description = "Professionnels de santé"
issuer = "{issuer}/professionnels"
discovery = "{issuer}/professionnels/.well-known/wallet-openid-configuration"
client_id = "regionlab"
client_keys_file = "client-keys.json"
role = "professional"
acr = ["eidas1"]
algorithms = ["RS256"]
userinfo = "jwe"
organisation_claim = "SubjectOrganizationID"
practitioner_claim = "SubjectNameID"
profession_claim = "SubjectRefPro.exercices.codeProfession"
bearer_audience = "{bearer}"

[[provider]]
id = "citoyens"
label = "Identité citoyenne (démo)"
description = "Patients et voyageurs"
issuer = "{issuer}/citoyens"
client_id = "regionlab"
client_secret_file = "client.secret"
role_claim = "roles"
role_values = {{ patient = "patient", traveller = "traveller" }}
acr = ["eidas1", "eidas2"]
algorithms = ["ES256"]
patient_claim = "patient"
bearer_audience = "{bearer}"

[[provider]]
id = "coordination"
label = "Agents publics (démo)"
description = "Coordination des essais, éditeurs"
issuer = "{issuer}/coordination"
client_id = "regionlab"
client_secret_file = "client.secret"
role_claim = "realm_access.roles"
role_values = {{ coordinator = "coordinator", integrator = "integrator" }}
acr = ["eidas1"]
algorithms = ["RS256"]
userinfo = "jwt"
organisation_claim = "organisation"
bearer_audience = "{bearer}"

[[provider]]
id = "partenaires"
label = "Partenaires (démo)"
issuer = "{issuer}/partenaires"
client_id = "regionlab"
role = "integrator"
algorithms = ["ES256"]
bearer_audience = "{bearer}"
"""


def issuer_port(installation: Installation) -> int:
    """The issuer's port: the one stored in the data folder if it is free, else a new one."""
    port_file = installation.data / "issuer" / "port"
    if port_file.exists() and is_free(port := int(port_file.read_text())):
        return port
    port_file.parent.mkdir(exist_ok=True)
    port = free_port()
    while port == installation.port:
        port = free_port()
    port_file.write_text(f"{port}\n")
    return port


def write_issuer_clients(installation: Installation) -> Path:
    """Write the issuer's clients, the gateway and `regionlab token`; returns the path of the file,
    in the format of `embedded.issuer.clients`."""
    folder = installation.data / "issuer"
    folder.mkdir(exist_ok=True)
    public, inside = (
        f"http://localhost:{installation.port}",
        f"http://127.0.0.1:{installation.port}",
    )
    secret = read_or_create_secret(installation.data / "gateway" / "client.secret")
    tool = {
        "client_id": LAUNCHER_CLIENT_ID,
        "client_secret": read_or_create_secret(folder / "tool.secret"),
        "audience": BEARER_AUDIENCE,
        "impersonates": True,
    }

    def gateway(realm: str, **more: Any) -> dict[str, Any]:
        return {
            "client_id": _GATEWAY_CLIENT_ID,
            "redirect_uris": [f"{public}/auth/callback/{realm}"],
            "post_logout_redirect_uris": [f"{public}/auth/logout"],
            "backchannel_logout_uri": f"{inside}/auth/backchannel-logout/{realm}",
            "frontchannel_logout_uri": f"{public}/auth/frontchannel-logout/{realm}",
        } | more

    keys = _public_keys(installation.data / "gateway" / "client-keys.json")
    sealed = {"userinfo_encrypted_response_alg": "RSA-OAEP-256", "jwks": keys}
    signed = {"client_secret": secret, "userinfo_signed_response_alg": "RS256"}
    clients = {
        "professionnels": [gateway("professionnels", **sealed), tool],
        "citoyens": [gateway("citoyens", client_secret=secret), tool],
        "coordination": [gateway("coordination", **signed), tool],
        "partenaires": [tool],
    }
    path = folder / "clients.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(clients, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def provider_settings(installation: Installation) -> dict[str, str]:
    """Write the gateway's providers; returns its settings about identity, by variable."""
    folder = installation.data / "gateway"
    providers = folder / "providers.toml"
    providers.write_text(
        _PROVIDERS.format(issuer=installation.issuer, bearer=BEARER_AUDIENCE), encoding="utf-8"
    )
    return {
        "GATEWAY_PROVIDERS": str(providers),
        "GATEWAY_PSEUDONYM_KEY": read_or_create_secret(folder / "pseudonyms.key"),
    }


def _public_keys(path: Path) -> dict[str, Any]:
    """The public JWKS of the gateway's keys as an OAuth client.

    `path`: the file with the private keys, created if missing.
    """
    if not path.exists():
        made = [_key("sig"), _key("enc")]
        jwks = [key.as_dict(private=True) for key in made]
        write_secret(path, json.dumps({"keys": jwks}, indent=1) + "\n")
    keys = [RSAKey.import_key(each) for each in json.loads(path.read_text())["keys"]]
    return {"keys": [key.as_dict(private=False) for key in keys]}


def _key(use: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(8), "use": use})
