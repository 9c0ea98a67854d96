"""get, set, patch, delete, list."""

from typing import Annotated, Any

import msgspec
import typer

from lightning_client.cli import output
from lightning_client.cli.app import app, connected
from lightning_client.cli.arguments import (
    ForceOption,
    IdArgument,
    JsonArgument,
    JsonOption,
    KindArgument,
    ReasonOption,
    TokenOption,
    read_object,
)
from lightning_client.core.kinds import kind_of
from lightning_client.states import State


def show(state: State, as_json: bool) -> None:
    if as_json:
        output.print_json(state)
    else:
        output.print_state(state)


@app.command()
def get(
    context: typer.Context,
    kind: KindArgument,
    id: IdArgument,
    version: Annotated[int | None, typer.Option(help="As it was at this version.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Read past every cache.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one state."""
    with connected(context) as lightning:
        show(lightning.get(kind, id, version=version, fresh=fresh), as_json)  # type: ignore[call-overload]


@app.command(name="set")
def set_state(
    context: typer.Context,
    kind: KindArgument,
    id: IdArgument,
    state: JsonArgument,
    if_version: Annotated[int | None, typer.Option(help="Replace only this version.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Store it whatever is there.")
    ] = False,
    reason: ReasonOption = "",
    lock_token: TokenOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Create a state, or replace the version that its JSON names (as `get --json` prints it)."""
    members = read_object(state)
    try:
        typed = msgspec.convert(members, kind_of(kind).type)
    except msgspec.ValidationError as error:
        raise typer.BadParameter(str(error)) from error
    if if_version is not None:
        typed.version = if_version
    with connected(context) as lightning:
        stored = lightning.set(
            kind,  # type: ignore[arg-type]
            id,
            typed,
            overwrite=overwrite,
            reason=reason,
            lock_token=lock_token,
            force=force,
        )
        show(stored, as_json)


@app.command()
def patch(
    context: typer.Context,
    kind: KindArgument,
    id: IdArgument,
    change: JsonArgument,
    if_version: Annotated[int | None, typer.Option(help="Merge only into this version.")] = None,
    reason: ReasonOption = "",
    lock_token: TokenOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Merge some fields into a state (RFC 7396): null removes a key."""
    members = read_object(change)
    with connected(context) as lightning:
        stored = lightning.patch(
            kind,  # type: ignore[call-overload]
            id,
            members,
            version=if_version,
            reason=reason,
            lock_token=lock_token,
            force=force,
        )
        show(stored, as_json)


@app.command()
def delete(
    context: typer.Context,
    kind: KindArgument,
    id: IdArgument,
    if_version: Annotated[int | None, typer.Option(help="Delete only this version.")] = None,
    reason: ReasonOption = "",
    lock_token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete a state; `restore` brings it back."""
    with connected(context) as lightning:
        lightning.delete(kind, id, version=if_version, reason=reason, lock_token=lock_token)  # type: ignore[arg-type]
        if as_json:
            output.print_json({"kind": kind, "id": id, "deleted": True})


@app.command(name="list")
def list_states(
    context: typer.Context,
    kind: KindArgument,
    status: Annotated[str | None, typer.Option(help="Only with this status.")] = None,
    agent_type: Annotated[str | None, typer.Option(help="Only agents of this type.")] = None,
    source_id: Annotated[str | None, typer.Option(help="Only verifications of this.")] = None,
    verified: Annotated[
        bool | None, typer.Option("--verified/--not-verified", help="Only (not) verified ones.")
    ] = None,
    min_confidence: Annotated[float | None, typer.Option(help="0 to 1.")] = None,
    q: Annotated[str | None, typer.Option("-q", "--search", help="Only with this text.")] = None,
    updated_since: Annotated[str | None, typer.Option(help="An RFC 3339 time.")] = None,
    ordering: Annotated[
        str | None, typer.Option(help="id, createdAt or lastUpdated; - in front: descending.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """List states, a line each (--json: a JSON line each)."""
    given = {
        "status": status,
        "agent_type": agent_type,
        "source_id": source_id,
        "verified": verified,
        "min_confidence": min_confidence,
        "q": q,
        "updated_since": updated_since,
        "ordering": ordering,
    }
    filters: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    with connected(context) as lightning:
        found: list[State] = []
        for state in lightning.states(kind, **filters, limit=min(limit, 500)):  # type: ignore[call-overload]
            if len(found) == limit:
                break
            found.append(state)
        if as_json:
            for state in found:
                output.print_json(state, indent=None)
        else:
            output.console.print(output.states_table(found))
