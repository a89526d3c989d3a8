"""How far a call has come: what its refusal and its record may say. No decision ever reads this."""

from dataclasses import dataclass

from remit.proxy.asked import ReplyForm
from remit.proxy.caller import Caller
from remit.proxy.routes import Route


@dataclass(slots=True)
class Attempt:
    """Filled in as the story goes on; what is None has not been proved or read yet."""

    route: Route | None = None
    caller: Caller | None = None
    form: ReplyForm | None = None
    tool: str | None = None
    arguments_digest: str | None = None
