"""`make run` and `make serve`: database, login, server, example; Ctrl-C ends them all."""

import argparse
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

import environ
import httpx

from tools.child_process import ChildProcess, DidNotEndError
from tools.first_login import (
    REPOSITORY,
    FirstLogin,
    LoginFile,
    SetupError,
    ensure_account,
    ensure_agent_key,
    manage,
)

HOST = "127.0.0.1"
START_SECONDS = 60.0
POLL_SECONDS = 0.2
EXAMPLE_PAUSE_SECONDS = 5.0
EXAMPLE_END_SECONDS = 15.0
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def say(text: str) -> None:
    print(text, flush=True)


def refuse_busy_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SetupError(
                f"Port {port} cannot be used ({error.strerror}). End what listens there,"
                f" or choose another port: make run PORT={port + 1}"
            ) from error


def start_server(port: int, environment: Mapping[str, str], log_path: Path | None) -> ChildProcess:
    if log_path:
        log_path.unlink(missing_ok=True)
    return ChildProcess(
        [sys.executable, "manage.py", "serve", "--host", HOST, "--port", str(port)],
        environment=environment,
        directory=REPOSITORY,
        log_path=log_path,
    )


def wait_until_ready(server: ChildProcess, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if not server.is_running:
            raise SetupError(f"The server ended at its start.\n{server.log_tail()}".strip())
        try:
            if httpx.get(f"{url}/health/ready", timeout=5.0).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass  # not listening yet
        if time.monotonic() > deadline:
            raise SetupError(
                f"The server was not ready within {START_SECONDS:.0f} s.\n{server.log_tail()}"
            )
        pause(POLL_SECONDS)


def start_example(url: str, key: str, environment: Mapping[str, str]) -> ChildProcess:
    # The key travels in the environment: arguments are visible to every user of the machine.
    return ChildProcess(
        [sys.executable, "examples/deep_research.py", "--forever", "--pace", "1"],
        environment={**environment, "LIGHTNING_URL": url, "LIGHTNING_API_KEY": key},
        directory=REPOSITORY,
    )


def greet(url: str, login: FirstLogin, file: LoginFile, new_account: bool, new_key: bool) -> None:
    say(f"\nLightning State is running on {url}/\n")
    if new_account:
        say(f"  Log in as   {login.username}\n  Password    {login.password}")
    if new_key:
        authorization = f"Authorization: Bearer {login.agent_key}"
        say(f"  Agent key   {login.agent_key}\n")
        say("A first write, and reading it back:\n")
        say(
            f"  curl -i -X PUT {url}/api/v1/agents/my-agent -H '{authorization}' \\\n"
            "    -H 'Content-Type: application/json'"
            """ -d '{"agentType": "Demo", "status": "Ready"}'"""
        )
        say(f"  curl -i {url}/api/v1/agents/my-agent -H '{authorization}'")
    if new_account or new_key:
        say(f"\nThis is shown once; it is kept in {file.path}, readable by you alone.")
    else:
        say(f"  Login and agent key: {file.path}")
    say(f"  API documentation: {url}/api/docs\n  Ctrl-C ends everything.\n")


def watch(server: ChildProcess, url: str, login: FirstLogin, arguments: argparse.Namespace) -> None:
    """Keep the example going until the server ends (an error) or a signal comes."""
    environment = dict(os.environ)
    example = start_example(url, login.agent_key, environment) if arguments.with_example else None
    try:
        while server.is_running:
            pause(POLL_SECONDS)
            if example is not None and not example.is_running:
                say(f"The example ended ({example.exit_code}); starting it again.")
                pause(EXAMPLE_PAUSE_SECONDS)
                example = start_example(url, login.agent_key, environment)
        raise SetupError(f"The server ended ({server.exit_code}).\n{server.log_tail()}".strip())
    finally:
        if example is not None:
            example.end(signal.SIGTERM, timeout_seconds=EXAMPLE_END_SECONDS)


def run(arguments: argparse.Namespace) -> None:
    environment = dict(os.environ)
    var = Path(environment.get("LIGHTNING_VAR_DIR") or REPOSITORY / "var")
    file, url = LoginFile(var), f"http://{HOST}:{arguments.port}"
    refuse_busy_port(arguments.port)
    say("Preparing the database")
    manage("migrate", "--verbosity=0", environment=environment)
    login = file.read()
    new_account = ensure_account(login, environment)
    file.write(login)
    log_path = var / "server.log" if arguments.with_example else None
    say("Starting the server" + (f" (its log: {log_path})" if log_path else ""))
    server = start_server(arguments.port, environment, log_path)
    try:
        wait_until_ready(server, url)
        new_key = ensure_agent_key(login, url, environment)
        file.write(login)
        greet(url, login, file, new_account, new_key)
        watch(server, url, login, arguments)
    finally:
        server.end()


def interrupt_once(number: int, frame: FrameType | None) -> NoReturn:
    """A second Ctrl-C must not stop us from ending what we started."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def pause(seconds: float) -> None:
    """Sleeps; raises KeyboardInterrupt when the signal came where Python drops an exception
    (while a process is forked, or an object is finalised).
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    time.sleep(seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--with-example", action="store_true", help="agents do research as well")
    arguments = parser.parse_args()
    settings_file = REPOSITORY / ".env"
    if settings_file.exists():
        environ.Env.read_env(settings_file)
    for number in ENDINGS:
        signal.signal(number, interrupt_once)
    try:
        run(arguments)
    except KeyboardInterrupt:
        say("\nEnded.")
    except (SetupError, DidNotEndError) as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
