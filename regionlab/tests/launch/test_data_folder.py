"""The demo's data folder is closed to other accounts, and its secrets are their owner's alone."""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from embedded.system_user import UNPRIVILEGED_UID
from regionlab.__main__ import main
from regionlab.launch.data_folder import close_folder, locked_folder, open_to_postgres_account
from regionlab.launch.installation import Installation
from regionlab.launch.services import SERVICES, issuer, program_of

PUBLIC = {
    "gateway/clients.toml",
    "gateway/demo-entrepot.public.json",
    "gateway/plans.toml",
    "gateway/providers.toml",
    "issuer/port",
    "mobilite/desk.toml",
}
"""Files without a secret: public keys, addresses and digests of keys."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_an_own_one_are_closed(tmp_path: Path) -> None:
    new, old = tmp_path / "above" / "new", tmp_path / "old"
    old.mkdir()
    old.chmod(0o755)
    for folder in (new, old):
        with locked_folder(folder):
            assert mode(folder) == 0o700


def test_every_secret_of_the_demo_is_its_owners_alone(tmp_path: Path) -> None:
    installation = Installation(tmp_path, 8080, postgres="postgresql://u:p@127.0.0.1:1/any")
    issuer(installation)
    installation.choose_ports(s.program_name(role) for s in SERVICES for role in s.roles)
    for service in SERVICES:
        program_of(service, next(iter(service.roles)), installation)
    files = {str(each.relative_to(tmp_path)): each for each in tmp_path.glob("**/*.*")}
    files["issuer/port"] = tmp_path / "issuer" / "port"
    secrets = {name: mode(path) for name, path in files.items() if name not in PUBLIC}
    assert len(secrets) > 10
    assert set(secrets.values()) == {0o600}
    # Copied or restored without its modes, it is closed again.
    for path in files.values():
        path.chmod(0o644)
    close_folder(tmp_path)
    again = {name: mode(path) for name, path in files.items() if name not in PUBLIC}
    assert again == secrets


def test_a_folder_shared_by_all_accounts_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o1777)
    assert main(["demo", "--data", str(tmp_path)]) == 64
    assert "commun à tous les comptes" in capsys.readouterr().err
    assert mode(tmp_path) == 0o1777
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")
def test_without_namespaces_the_account_of_postgresql_passes_and_no_other() -> None:
    above = Path(tempfile.mkdtemp(prefix="regionlab-"))  # pytest's own folders are closed
    above.chmod(0o755)
    try:
        folder = above / "data"
        (folder / "postgres").mkdir(parents=True)
        open_to_postgres_account(folder)
        assert mode(folder) == 0o710
        for account in (UNPRIVILEGED_UID, UNPRIVILEGED_UID - 1):
            done = subprocess.run(
                ["ls", str(folder / "postgres")],
                user=account,
                group=account,
                extra_groups=[],
                capture_output=True,
                check=False,
            )
            assert (done.returncode == 0) == (account == UNPRIVILEGED_UID), done.stderr
    finally:
        shutil.rmtree(above)
