"""The proxy's errors: one class, one wire code, and nothing private on the wire."""

from remit.kernel.errors import RemitError
from remit.outbound.errors import UpstreamFailure
from remit.proxy import errors


def test_each_class_says_its_own() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, RemitError)
        and kind.__module__ == errors.__name__
    ]
    assert kinds
    for kind in kinds:
        assert 400 <= kind.status < 600
        assert kind.description.endswith(".")


def test_what_is_withheld_may_have_had_an_effect() -> None:
    for kind in (errors.CredentialEchoed, errors.UpstreamRefused, errors.UpstreamRedirected):
        withheld = kind("detail")
        assert isinstance(withheld, UpstreamFailure)
        assert withheld.may_have_effect
        assert withheld.status == 502


def test_a_method_that_is_not_allowed_knows_which_is() -> None:
    assert errors.MethodNotAllowed("GET", "POST").allow == "POST"
