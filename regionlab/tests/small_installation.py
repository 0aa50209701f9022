"""Small programs under the real supervisor: `python small_installation.py FOLDER SCRIPT…`.

Each SCRIPT is one wave of one program, named `<n>-<name>`: what it does is its name below.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from embedded.processes import die_with_parent
from regionlab.launch.lifetime import print_line, run_until_stopped
from regionlab.launch.restarts import RestartPolicy
from regionlab.launch.supervisor import Program, Supervisor

_READY = "print('{\"ready\": true}', flush=True)"
_FAREWELL = """
import os, signal, sys, time
def leave(*_):
    with open(os.environ["FOLDER"] + "/farewells", "a") as file:
        file.write(os.environ["NAME"] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
"""
SCRIPTS = {
    "polite": f"{_FAREWELL}\n{_READY}\nwhile True: time.sleep(60)",
    "stubborn": "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    f"signal.signal(signal.SIGINT, signal.SIG_IGN)\n{_READY}\nwhile True: time.sleep(60)",
    # Started again, it ends before it is ready.
    "mortal": "import os, sys, time\nprint('the last thing it said', file=sys.stderr)\n"
    "def alive(): return not os.path.exists(os.environ['FOLDER'] + '/die')\n"
    f"if alive(): {_READY}\nwhile alive(): time.sleep(0.01)\nsys.exit(3)",
    # Started again, it is never ready.
    "once": "import os, time\npath = os.environ['FOLDER'] + '/once'\n"
    "started_before = os.path.exists(path)\nopen(path, 'w').close()\n"
    f"if not started_before: {_READY}\nwhile True: time.sleep(60)",
    "refusing": "import sys\nprint('a setting is wrong', file=sys.stderr)\nsys.exit(78)",
    "brief": "import sys\nprint('done', flush=True)\nsys.exit(4)",
    "silent": "import time\nwhile True: time.sleep(60)",
    "talkative": f"{_READY}\nimport time\nprint('x' * 300_000, flush=True)\n"
    "while True: time.sleep(60)",
}


def program(name: str, folder: Path, *, start_seconds: float = 30.0) -> Program:
    """The program `<n>-<script>`."""
    env = os.environ | {"NAME": name, "FOLDER": str(folder), "PYTHONUNBUFFERED": "1"}
    script = SCRIPTS[name.split("-")[1]]
    argv = (sys.executable, "-c", script, str(folder))
    return Program(name, name, argv, env, start_seconds=start_seconds)


async def main(folder: Path, names: list[str]) -> int:
    supervisor = Supervisor(
        folder / "logs",
        started=lambda program, _: print_line(program.name),
        restarting=print_line,
        policy=RestartPolicy(first_pause=0.05),
    )

    async def build() -> None:
        for name in names:
            await supervisor.start([program(name, folder)])
        print_line("tout est prêt")

    return await run_until_stopped(supervisor, build)


if __name__ == "__main__":
    die_with_parent(signal.SIGTERM)
    sys.exit(asyncio.run(main(Path(sys.argv[1]), sys.argv[2:])))
