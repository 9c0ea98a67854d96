"""The client's errors against the server's tree."""

import pickle

import lightning_client
import pytest
from lightning_client.errors import BY_CODE, LightningError, VersionConflict, error_of

from state.domain import errors as of_the_server
from state.protocol.problems import STATUS_BY_CODE


def below(kind: type[Exception]) -> dict[str, type[Exception]]:
    found: dict[str, type[Exception]] = {}
    for child in kind.__subclasses__():
        found |= {child.__name__: child, **below(child)}
    return found


def test_it_mirrors_the_servers_tree_by_code() -> None:
    here = {kind.__name__: kind for kind in BY_CODE.values()}
    told = below(of_the_server.LightningError).items()
    # Kinds without a code of their own are told as what they are a kind of.
    there = {name: kind for name, kind in told if "code" in vars(kind)}
    assert here.keys() == there.keys()
    for name, kind in there.items():
        assert here[name].code == kind.code  # type: ignore[attr-defined]
        parents = [one.__name__ for one in kind.__mro__ if one.__name__ in there]
        assert [one.__name__ for one in here[name].__mro__ if one.__name__ in here] == parents


def test_every_code_with_a_status_has_an_exception() -> None:
    assert STATUS_BY_CODE.keys() - BY_CODE.keys() <= {"internal"}


def test_every_error_is_public() -> None:
    for kind in below(LightningError).values():
        assert getattr(lightning_client, kind.__name__) is kind
        assert kind.__name__ in lightning_client.__all__


def test_a_code_of_a_later_version_is_kept() -> None:
    error = error_of({"code": "of_tomorrow", "detail": "Wait."}, 499)
    assert type(error) is LightningError
    assert (error.code, error.status, str(error)) == ("of_tomorrow", 499, "of_tomorrow: Wait.")


@pytest.mark.parametrize("kind", sorted(below(LightningError).values(), key=str))
def test_errors_travel_between_processes(kind: type[LightningError]) -> None:
    error = kind("Why.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_an_error_carries_the_answers_members() -> None:
    members = {"code": "version_conflict", "detail": "d", "requestId": "r", "currentVersion": 7}
    error = error_of(members, 412)
    assert isinstance(error, VersionConflict)
    assert (error.current_version, error.request_id, error.status) == (7, "r", 412)
    assert pickle.loads(pickle.dumps(error)).current_version == 7
