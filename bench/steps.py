"""Where the server's time goes, by step of the story: what a profile's stacks belong to."""

import json
import sys
from collections import Counter
from pathlib import Path

from bench.caller import Caller
from bench.scenarios import CONNECTIONS, Scenarios
from bench.site import Site

# The innermost frame that says where it belongs decides. Paths are below src/remit.
_STEPS = (
    ("cedarpy/", "4 authorize: Cedar itself"),
    ("audit/", "5, 9 audit: drafting records"),
    ("storage/", "5, 9 audit: handing over to the journal"),
    ("app/metering", "5, 9 audit: metrics"),
    ("identity/proof/", "1 the caller: the proof (DPoP)"),
    ("proxy/caller", "1 the caller: the token"),
    ("tokens/verification", "1 the caller: the token"),
    ("identity/federation/", "2 authenticate: the assertion"),
    ("broker/form", "0 parse the form"),
    ("broker/minting", "7 sign the token"),
    ("broker/", "the token request, between its steps"),
    ("signals/", "2 stops and epochs"),
    ("proxy/standing", "2 stops and epochs"),
    ("proxy/dialects/mcp_upstream", "8 obligations: read, scan, write anew"),
    ("proxy/dialects/", "3 describe the call"),
    ("policy/", "4 authorize: round about Cedar"),
    ("vault/", "6 the credential"),
    ("outbound/", "7 upstream: the door"),
    ("proxy/under_way", "7 upstream: in flight, cut, timed"),
    ("proxy/upstream", "7 upstream: build and send"),
    ("proxy/release", "8 obligations: read, scan, write anew"),
    ("proxy/scanning", "8 obligations: read, scan, write anew"),
    ("proxy/outcome", "5, 9 audit: drafting records"),
    ("proxy/intent", "5, 9 audit: drafting records"),
    ("proxy/decide", "3 describe the call"),
    ("proxy/", "the call, between its steps"),
    ("web/", "HTTP in and out"),
    ("uvicorn/", "HTTP in and out"),
)
_OF_REQUESTS = ("/web/", "/uvicorn/", "/outbound/")


async def profile(site: Site, caller: Caller, name: str, seconds: float) -> str:
    """Run one scenario on a server under the sampler; a table of its time by step."""
    out = site.home.parent / "profile.json"
    site.start((sys.executable, "-m", "bench.profiled", str(out), "serve"))
    try:
        await caller.learn_nonce()
        done, _ = await Scenarios(site, caller).run(name, CONNECTIONS, seconds)
    finally:
        site.stop()
    return _tell(name, out, done.count)


def _tell(name: str, out: Path, count: int) -> str:
    steps: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for (thread, *stack), seconds in json.loads(out.read_text()):
        step = _step(thread, stack)
        steps[step] += seconds
        if step and stack:
            path, function, line = stack[-1].rsplit(":", 2)
            places[f"{'/'.join(Path(path).parts[-2:])}:{line} {function}"] += seconds
    del steps[""]
    whole = sum(steps.values())
    lines = [f"{name}: {whole / count * 1e6:.0f} us of processor a request, by step", ""]
    for step, seconds in steps.most_common():
        lines.append(f"{seconds / count * 1e6:8.1f} us {seconds / whole:6.1%}  {step}")
    lines.extend(("", "the lines at which it stood most", ""))
    for place, seconds in places.most_common(25):
        lines.append(f"{seconds / count * 1e6:8.1f} us {seconds / whole:6.1%}  {place}")
    return "\n".join(lines)


def _step(thread: str, stack: list[str]) -> str:
    """The step of a stack; empty for what belongs to no request (the start, say)."""
    if thread != "MainThread":
        return "the journal's thread" if thread == "journal" else ""
    if not any(
        "/web/" in frame or "/uvicorn/" in frame or "/outbound/" in frame for frame in stack
    ):
        return ""
    for frame in reversed(stack):
        path = frame.rpartition("/site-packages/")[2].rpartition("/remit/")[2]
        for prefix, step in _STEPS:
            if path.startswith(prefix):
                return step
    return "HTTP in and out"
