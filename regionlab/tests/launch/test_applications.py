"""The demo's applications, as the gateway will read them."""

import hashlib
import json
import stat
from pathlib import Path

from joserfc.jwk import ECKey

from gateway.oauth.adapters.clients_file import read_clients
from regionlab.launch.applications import demo_applications
from regionlab.launch.installation import Installation


def test_there_is_one_of_each_type_with_its_credentials(tmp_path: Path) -> None:
    (tmp_path / "gateway").mkdir()
    installation = Installation(tmp_path, 8080)
    path = demo_applications(installation)
    clients = read_clients(path)
    assert {each.client_type for each in clients.values()} == {"public", "confidential", "backend"}
    secret = path.parent / "demo-dossier.secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    password = secret.read_text().strip()
    assert clients["demo-dossier"].secret == hashlib.sha256(password.encode()).hexdigest()
    private = json.loads((path.parent / "demo-entrepot.private.json").read_text())["keys"][0]
    key = ECKey.import_key(private)
    assert clients["demo-entrepot"].keys == {
        "keys": [key.as_dict(private=False) | {"kid": private["kid"]}]
    }
    # A second start leaves the credentials of a registered program unchanged.
    before = path.read_text()
    assert demo_applications(installation) == path
    assert path.read_text() == before
