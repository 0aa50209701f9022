"""The service rehearses the demo's pilots; a failed rehearsal is reported."""

from pathlib import Path

import pytest

from regionlab.launch.installation import Installation
from regionlab.launch.lifetime import print_line
from regionlab.launch.rehearse_pilots import INVITATIONS, rehearse_pilots
from regionlab.launch.services import SERVICES
from regionlab.launch.shell_settings import SETTINGS
from regionlab.launch.supervisor import Supervisor


async def test_a_failed_rehearsal_is_reported_and_starts_no_participants(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = "127.0.0.1:1"
    installation = Installation(
        tmp_path, 8080, kafka=nowhere, postgres=f"postgresql://u:p@{nowhere}/any"
    )
    installation.choose_ports(s.program_name(role) for s in SERVICES for role in s.roles)
    supervisor = Supervisor(
        tmp_path / "logs", started=lambda program, seconds: None, restarting=print_line
    )
    try:
        await rehearse_pilots(installation, supervisor)
    finally:
        await supervisor.stop()
    output = capsys.readouterr().out
    assert "impossible" in output
    assert "participants" not in output
    log = tmp_path / "logs" / "pilotes-rehearsal.log"
    assert str(log) in output
    assert "PostgreSQL ne répond pas" in log.read_text()
    settings = tmp_path / "pilotes" / SETTINGS
    assert settings.stat().st_mode & 0o777 == 0o600
    assert f"export PILOTES_POSTGRES=postgresql://u:p@{nowhere}/" in settings.read_text()
    assert not (tmp_path / "pilotes" / INVITATIONS).exists()
