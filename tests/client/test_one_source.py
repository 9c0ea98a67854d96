"""The blocking face is made from the one that awaits."""

import inspect
import sys
from pathlib import Path

from lightning_client import AsyncLightning, Lightning


def test_the_blocking_face_is_what_would_be_made(repository: Path) -> None:
    sys.path.insert(0, str(repository / "client" / "tools"))
    try:
        from make_sync import pairs  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    made = pairs()
    assert made
    for path, text in made:
        assert path.read_text() == text, f"{path.name}: run python client/tools/make_sync.py"
    assert {path.name for path, _ in made} | {"__init__.py"} == {
        path.name for path in made[0][0].parent.glob("*.py")
    }


def test_both_have_the_same_calls() -> None:
    def calls(client: type) -> dict[str, list[str]]:
        return {
            name.replace("aclose", "close"): list(inspect.signature(member).parameters)
            for name, member in inspect.getmembers(client, callable)
            if not name.startswith("_")
        }

    assert calls(Lightning) == calls(AsyncLightning)


def test_every_public_call_is_documented() -> None:
    for client in (Lightning, AsyncLightning):
        for name, member in inspect.getmembers(client):
            if not name.startswith("_"):
                assert inspect.getdoc(member), f"{client.__name__}.{name}"
