"""What Django answers by itself."""

import pytest
from django.test import RequestFactory

from state.doors.rest.pages import failed


@pytest.mark.parametrize("path", ["/agents/", "/api/v1/agents"])
def test_a_failure_is_logged_with_its_traceback_and_request(
    caplog: pytest.LogCaptureFixture, path: str
) -> None:
    request = RequestFactory().get(path)
    request.request_id = "r-1"  # type: ignore[attr-defined]
    try:
        raise ZeroDivisionError("secret")
    except ZeroDivisionError:
        answer = failed(request)
    assert answer.status_code == 500
    assert b"secret" not in answer.content  # type: ignore[attr-defined]
    [record] = caplog.records
    assert vars(record)["request_id"] == "r-1"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
