"""Refusals of arguments, and of schemas that no arguments can be checked against."""

from remit.policy.decision import Denied


class ArgumentsInvalid(Denied):
    """Arguments that are not what the tool's pinned schema says; `place` and `rule` say where.

    Neither quotes what the caller sent.
    """

    def __init__(self, place: str, rule: str) -> None:
        super().__init__("arguments_invalid", f"{place}: {rule}")
        self.place = place
        self.rule = rule


class SchemaUnusable(Denied):
    """A pinned schema that cannot be checked within bounds: its tool's calls are refused."""

    def __init__(self, detail: str) -> None:
        super().__init__("policy_error", f"the tool's input schema: {detail}")
