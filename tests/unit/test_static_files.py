"""The files of static/: found once, when the first is asked for."""

import asyncio

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory
from servestatic.middleware import ServeStaticMiddleware

from state.doors.rest.static_files import StaticFiles


async def not_found(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=404)


async def status_of(files: StaticFiles, path: str) -> int:
    return (await files(AsyncRequestFactory().get(path))).status_code


class Looks:
    """How often the files were looked for, and what the next look fails with."""

    count = 0
    failure: OSError | None = None


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    looks = Looks()
    find = ServeStaticMiddleware.add_files_from_finders

    def look(self: ServeStaticMiddleware) -> None:
        looks.count += 1
        failure, looks.failure = looks.failure, None
        if failure is not None:
            raise failure
        find(self)

    monkeypatch.setattr(ServeStaticMiddleware, "add_files_from_finders", look)
    return looks


async def test_whoever_comes_first_waits_for_the_look_and_the_others_with_them(
    looks: Looks,
) -> None:
    files = StaticFiles(not_found)
    assert await status_of(files, "/agents/") == 404
    assert looks.count == 0
    paths = ["/static/css/docs.css", "/static/js/docs.js", "/static/css/none.css"] * 3
    assert await asyncio.gather(*(status_of(files, path) for path in paths)) == [200, 200, 404] * 3
    assert looks.count == 1


async def test_a_look_that_failed_is_repeated(looks: Looks) -> None:
    looks.failure = OSError("too many open files")
    files = StaticFiles(not_found)
    with pytest.raises(OSError, match="too many"):
        await status_of(files, "/static/css/docs.css")
    assert await status_of(files, "/static/css/docs.css") == 200
