import json

import pytest

import remit.web.broker
import remit.web.listener
from remit.kernel.errors import Conflict, NotFound, RemitError, Unavailable
from remit.kernel.ids import EventId
from remit.web.errors import (
    describe_errors,
    oauth_response,
    problem_for_administrators,
    problem_response,
)
from remit.web.http import Response

PRIVATE = "row 4711 of the table"


def told(response: Response) -> dict[str, object]:
    content: dict[str, object] = json.loads(response.body)
    return content


def refused(event: str | None = "evt_1") -> RemitError:
    error = Conflict(PRIVATE)
    error.event = None if event is None else EventId(event)
    return error


def test_a_problem_says_what_its_class_says_and_the_event() -> None:
    response = problem_response(refused())
    assert response.status == 409
    assert told(response) == {
        "type": "urn:remit:error:conflict",
        "status": 409,
        "title": Conflict.description,
        "event": "evt_1",
    }
    assert dict(response.headers)[b"content-type"] == b"application/problem+json"
    assert dict(response.headers)[b"cache-control"] == b"no-store"
    assert [name for name, _ in response.headers].count(b"content-type") == 1


def test_without_an_event_none_is_named() -> None:
    assert "event" not in told(problem_response(refused(None)))
    assert "event" not in told(oauth_response(refused(None)))


def test_only_administrators_are_told_the_detail() -> None:
    assert told(problem_for_administrators(refused()))["detail"] == PRIVATE
    assert PRIVATE.encode() not in problem_response(refused()).body
    assert PRIVATE.encode() not in oauth_response(refused()).body


def test_a_detail_that_is_empty_is_left_out() -> None:
    assert "detail" not in told(problem_for_administrators(NotFound()))


def test_an_oauth_error_is_as_rfc_6749_has_it() -> None:
    response = oauth_response(refused(), ((b"dpop-nonce", b"n"),))
    assert told(response) == {
        "error": "conflict",
        "error_description": Conflict.description,
        "event": "evt_1",
    }
    assert dict(response.headers)[b"dpop-nonce"] == b"n"
    assert dict(response.headers)[b"cache-control"] == b"no-store"


def test_the_catalogue_has_all_errors_with_their_children() -> None:
    found = describe_errors()
    assert found["RemitError"] is RemitError
    assert found["CannotListen"] is remit.web.listener.CannotListen
    assert set(describe_errors(Unavailable)) < set(found)


@pytest.mark.parametrize("name", sorted(describe_errors()))
def test_each_error_can_be_said_on_the_wire(name: str) -> None:
    error = describe_errors()[name]
    assert 400 <= error.status <= 599
    # RFC 6749 section 5.2: %x20-21 / %x23-5B / %x5D-7E
    for said in (error.error, error.description):
        assert said
        assert all(" " <= c <= "~" and c not in '"\\' for c in said)
