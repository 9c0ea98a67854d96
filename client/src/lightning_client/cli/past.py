"""history, diff, restore, snapshot."""

from itertools import islice
from typing import Annotated

import typer

from lightning_client.cli import output
from lightning_client.cli.app import app, connected
from lightning_client.cli.arguments import IdArgument, JsonOption, KindArgument, ReasonOption
from lightning_client.cli.states import show


@app.command()
def history(
    context: typer.Context,
    kind: KindArgument,
    id: IdArgument,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show a state's changes, the newest first (--json: a JSON line each)."""
    with connected(context) as lightning:
        for change in islice(lightning.history(kind, id, page_size=min(limit, 100)), limit):  # type: ignore[arg-type]
            if as_json:
                output.print_json(change, indent=None)
            else:
                output.print_change(change)


@app.command()
def diff(
    context: typer.Context,
    kind: KindArgument,
    id: IdArgument,
    from_version: Annotated[int, typer.Argument(metavar="FROM")],
    to_version: Annotated[int, typer.Argument(metavar="TO")],
    as_json: JsonOption = False,
) -> None:
    """Show the fields in which two versions differ."""
    with connected(context) as lightning:
        found = lightning.diff(kind, id, from_version, to_version)  # type: ignore[arg-type]
        if as_json:
            output.print_json(found)
            return
        for name in found.new_values | found.old_values:
            output.console.print(f"[bold]{name}[/bold]")
            output.console.print(f"  - {found.old_values.get(name)!r}", style="red", markup=False)
            output.console.print(f"  + {found.new_values.get(name)!r}", style="green", markup=False)


@app.command()
def restore(
    context: typer.Context,
    kind: KindArgument,
    id: IdArgument,
    version: Annotated[int, typer.Argument(metavar="VERSION")],
    if_version: Annotated[
        int | None, typer.Option(help="Replace only this version; 0: it is deleted.")
    ] = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write a past version's content as a new version (operators)."""
    with connected(context) as lightning:
        stored = lightning.restore(
            kind,  # type: ignore[call-overload]
            id,
            version,
            current_version=if_version,
            reason=reason,
        )
        show(stored, as_json)


@app.command()
def snapshot(
    context: typer.Context,
    at: Annotated[str | None, typer.Option(help="A cursor or an RFC 3339 time.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show every state as it was at a time (--json: a JSON line each)."""
    with connected(context) as lightning:
        states = lightning.snapshot(at)
        if as_json:
            for state in states:
                output.print_json(state, indent=None)
        else:
            output.console.print(output.states_table(states))
