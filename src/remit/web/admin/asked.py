"""What most actions take."""

from remit.web.admin.action import Asked


class Nothing(Asked, frozen=True, kw_only=True):
    """Nothing is asked."""


class Named(Asked, frozen=True, kw_only=True):
    """One thing by name."""

    name: str


class NamedWithReason(Named, frozen=True, kw_only=True):
    """One thing by name, and why it is changed."""

    reason: str
