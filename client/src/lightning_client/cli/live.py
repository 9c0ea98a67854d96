"""watch, top, lock, locks."""

import os
import subprocess
import time
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.text import Text

from lightning_client import Lightning, LockLost
from lightning_client.cli import output
from lightning_client.cli.app import app, connected
from lightning_client.cli.arguments import IdArgument, JsonOption, KindArgument, read_kind
from lightning_client.states import Kind

_PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True}
_LOOK_SECONDS = 0.2
_END_SECONDS = 10.0


@app.command()
def watch(
    context: typer.Context,
    kind: Annotated[list[str] | None, typer.Option(help="Only these; may be repeated.")] = None,
    id: Annotated[list[str] | None, typer.Option(help="Only these; may be repeated.")] = None,
    after: Annotated[str | None, typer.Option(help="Go on from this cursor.")] = None,
    limit: Annotated[int | None, typer.Option(help="End after so many changes.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show changes as they happen (--json: a JSON line each), until Ctrl-C."""
    kinds: list[Kind] = [read_kind(one) for one in kind or ()]
    with connected(context) as lightning:
        for number, change in enumerate(lightning.watch(kinds, id or (), after=after), start=1):
            if as_json:
                output.print_json(change, indent=None)
            else:
                output.print_change(change)
            if number == limit:
                return


@app.command()
def top(
    context: typer.Context,
    rows: Annotated[int, typer.Option(help="How many agents.")] = 20,
    every: Annotated[float, typer.Option(help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="One look, then end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """A live table: counts by status, and the agents that changed last."""
    with connected(context) as lightning:
        if as_json:
            output.print_json(_look(lightning, rows))
            return
        if once:
            output.console.print(_screen(lightning, rows))
            return
        with Live(_screen(lightning, rows), console=output.console, screen=True) as live:
            while True:
                time.sleep(every)
                live.update(_screen(lightning, rows))


def _look(lightning: Lightning, rows: int) -> dict[str, object]:
    page = lightning.page("agent", ordering="-lastUpdated", limit=rows)
    return {"summary": lightning.summary(), "agents": page.items}


def _screen(lightning: Lightning, rows: int) -> Group:
    look = _look(lightning, rows)
    summary: dict[str, dict[str, dict[str, int]]] = look["summary"]  # type: ignore[assignment]
    lines = [
        f"{name:14}" + "  ".join(f"{status} {count}" for status, count in counts.items() if count)
        for name, counts in (
            (name, group["byStatus"]) for name, group in summary.items() if name != "cursor"
        )
    ]
    return Group(
        *(Text(line) for line in lines),
        Text(""),
        output.states_table(look["agents"]),  # type: ignore[arg-type]
    )


@app.command(context_settings=_PASS_ON)
def lock(
    context: typer.Context,
    kind: KindArgument,
    id: IdArgument,
    ttl: Annotated[float, typer.Option(help="Seconds it lasts if this process dies.")] = 30.0,
    wait: Annotated[float, typer.Option(help="Seconds to wait for it, up to 60.")] = 10.0,
    owner: Annotated[str | None, typer.Option(help="Shown to everybody.")] = None,
) -> None:
    """Run a command while holding a state's lock: `lightning lock agent a -- make report`.

    The command finds LIGHTNING_LOCK_TOKEN and LIGHTNING_FENCING_TOKEN in its environment; its
    exit code is passed on. It is ended when the lock is lost, and the exit code is 4.
    """
    command = context.args
    if not command:
        raise typer.BadParameter("a command is needed: lightning lock KIND ID -- COMMAND")
    with connected(context) as lightning:
        held = lightning.lock(kind, id, ttl_seconds=ttl, wait_seconds=wait, owner=owner)  # type: ignore[arg-type]
        with held as lease:
            tokens = {
                "LIGHTNING_LOCK_TOKEN": lease.token,
                "LIGHTNING_FENCING_TOKEN": str(lease.fencing_token),
            }
            try:
                process = subprocess.Popen(command, env={**os.environ, **tokens})  # noqa: S603
            except OSError as error:
                raise typer.BadParameter(str(error)) from error
            try:
                while process.poll() is None:
                    lease.check()
                    _wait(process, _LOOK_SECONDS)
            except (LockLost, KeyboardInterrupt):
                process.terminate()
                if not _wait(process, _END_SECONDS):
                    process.kill()
                    process.wait()
                raise
        raise typer.Exit(process.returncode)


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


@app.command()
def locks(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the locks that are held."""
    with connected(context) as lightning:
        held = [output.plain(one) for one in lightning.locks()]
        if as_json:
            for one in held:
                output.print_json(one, indent=None)
        else:
            output.console.print(output.rows_table(held))
