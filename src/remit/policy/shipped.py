"""The policies that Remit ships, in force unless an installation is set up without them."""

from importlib.resources import files

from remit.policy.engine import PolicyDocument

SHIPPED = "remit"


def load_shipped() -> PolicyDocument:
    """The document of the shipped policies, for engines that read Cedar."""
    text = files("remit.policy").joinpath("shipped.cedar").read_text(encoding="utf-8")
    return PolicyDocument(SHIPPED, text)
