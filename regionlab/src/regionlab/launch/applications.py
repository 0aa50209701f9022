"""The demo's OAuth clients: one of each type of SMART App Launch.

Their redirect URIs are on this machine, at any port, so that a program under development can use
them. The password and the private key are in files readable only by their owner.
"""

import hashlib
import json
import secrets
from pathlib import Path
from typing import Final

from joserfc.jwk import ECKey

from regionlab.credentials.secrets import read_or_create_secret, write_secret
from regionlab.launch.installation import Installation

_CLIENTS: Final = """\
# Les applications de la démonstration ; écrit par le lanceur.
[[client]]
id = "demo-carnet"
name = "Carnet de suivi (démonstration)"
kind = "public"
redirect_uris = ["http://127.0.0.1/retour"]
scopes = '''openid fhirUser launch/patient offline_access online_access
  patient/Patient.rs patient/Observation.cruds patient/Appointment.rs patient/CarePlan.rs'''

[[client]]
id = "demo-dossier"
name = "Dossier du cabinet (démonstration)"
kind = "confidential"
redirect_uris = ["http://127.0.0.1/retour"]
launch_uri = "http://127.0.0.1:9000/lancement"
scopes = "openid launch launch/patient offline_access online_access patient/*.rs user/*.rs"
sha256 = "{digest}"  # of demo-dossier.secret
plan = "partner"

[[client]]
id = "demo-entrepot"
name = "Entrepôt d'indicateurs (démonstration)"
kind = "backend"
scopes = "system/*.rs"
jwks = "demo-entrepot.public.json"  # its private half is demo-entrepot.private.json
plan = "partner"
"""
_PORTAL: Final = """\
# Les pages /pro et /mon-dossier ; récrit à chaque démarrage.
[[client]]
id = "portail"
name = "Région Lab"
kind = "confidential"
redirect_uris = ["{public}/pro/retour", "{public}/mon-dossier/retour"]
scopes = '''openid fhirUser launch/patient user/*.rs user/Communication.c user/Flag.u
  patient/*.rs patient/Communication.c patient/Consent.cu patient/RelatedPerson.cu'''
sha256 = "{digest}"  # of portail.secret
token_seconds = 3600
plan = "partner"
"""


def demo_applications(installation: Installation) -> Path:
    """The path of the file for GATEWAY_CLIENTS, created once per data folder with its secrets. Its
    last part, the portal's registration, has the address of this start."""
    path = installation.data / "gateway" / "clients.toml"
    if not path.exists():
        _create(path)
    others = path.read_text(encoding="utf-8").partition(_PORTAL.partition("\n")[0])[0]
    digest = hashlib.sha256(portal_secret(installation).encode()).hexdigest()
    public = f"http://localhost:{installation.port}"
    portal = _PORTAL.format(public=public, digest=digest)
    path.write_text(f"{others.rstrip()}\n\n{portal}", encoding="utf-8")
    return path


def portal_secret(installation: Installation) -> str:
    """The password of the portal as an application, created once per data folder."""
    folder = installation.data / "gateway"
    folder.mkdir(exist_ok=True)
    return read_or_create_secret(folder / "portail.secret")


def _create(path: Path) -> None:
    folder = path.parent
    password = secrets.token_urlsafe(32)
    _write_anew(folder / "demo-dossier.secret", password + "\n")
    key, kid = ECKey.generate_key("P-384"), secrets.token_hex(8)
    private = json.dumps({"keys": [key.as_dict(private=True) | {"kid": kid}]}, indent=1)
    _write_anew(folder / "demo-entrepot.private.json", private + "\n")
    public = json.dumps({"keys": [key.as_dict(private=False) | {"kid": kid}]}, indent=1)
    (folder / "demo-entrepot.public.json").write_text(public + "\n", encoding="ascii")
    digest = hashlib.sha256(password.encode()).hexdigest()
    path.write_text(_CLIENTS.format(digest=digest), encoding="utf-8")


def _write_anew(path: Path, secret: str) -> None:
    # A secret can remain from a start that ended before clients.toml was written; it is useless.
    path.unlink(missing_ok=True)
    write_secret(path, secret)
