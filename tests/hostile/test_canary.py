"""A canary credential through everything that a site does: it is nowhere but where it must be.

The server runs as a process of its own. Upstreams echo the credential, callers send garbage and
their own tokens to every place, an operator makes mistakes with it; then whatever the site has
written, answered and kept is searched for it, in every form in which it could stand there.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from remit.kernel.canonical import Json
from remit.kernel.secret import Secret
from remit.testing.mcp_upstream import failure, reply, text_result
from remit.testing.upstream import FakeAnswer
from remit.vault.needles import needles_of
from tests.child_site import ChildSite
from tests.site import CREDENTIAL, Answer

SECOND = "another-upstream-credential-9876543210"
NEEDLES = (*needles_of(CREDENTIAL.encode()), *needles_of(SECOND.encode()))


def echo(params: Mapping[str, Json]) -> FakeAnswer:
    match params["arguments"]:
        case {"id": 1}:
            return reply(text_result(f"Bearer {CREDENTIAL}"))
        case {"id": 2}:
            return failure(-32000, f"bad token {CREDENTIAL}")
        case {"id": 3}:
            return FakeAnswer(401, ((b"www-authenticate", CREDENTIAL.encode()),), b"no")
        case {"id": 4}:
            return FakeAnswer(302, ((b"location", b"http://x/?" + CREDENTIAL.encode()),))
        case {"id": 5}:
            return FakeAnswer(200, ((b"content-type", CREDENTIAL.encode()),), CREDENTIAL.encode())
        case {"id": 6}:
            return FakeAnswer(500, (), CREDENTIAL.encode())
        case _:
            return reply(text_result("ok"))


def holders(places: Mapping[str, bytes], needles: tuple[bytes, ...]) -> list[str]:
    return [name for name, content in places.items() if any(each in content for each in needles)]


def everything_below(directory: Path) -> Mapping[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


async def misuse(site: ChildSite) -> tuple[list[Answer], list[Secret[str]]]:
    """Everything that could go wrong around a credential; the answers, and the tokens in use."""
    proofs = site.proofs()
    held = await site.obtain_token(proofs)
    answers = [await site.call(proofs, held, "read_note", {"id": n}) for n in range(8)]
    answers.append(await site.call(proofs, held, "write_note", {"text": "x", "size": 99}))
    answers.append(await site.call(proofs, held, "purge_notes", {}))
    assertion = site.assertion()
    answers.append(await site.ask_token(None, assertion, resource=held.open()))
    answers.append(await site.ask_token(None, held.open(), remit=held.open()))
    authorization = [("authorization", f"DPoP {held.open()}")]
    paths = (f"/tools/{held.open()[:100]}", f"/{held.open()[:100]}")
    answers += [await site.send("GET", path, authorization) for path in paths]
    mistakes = (
        ("notes-key", CREDENTIAL + "\n"),
        ("Bad Name", CREDENTIAL),
        ("notes-key", "short"),
        ("notes-key", SECOND),
        ("spare", SECOND),
    )
    answers += [
        await site.administer("/v1/secrets/set", name=name, value=value) for name, value in mistakes
    ]
    answers.append(await site.administer("/v1/secrets/set", name="x", value={"v": CREDENTIAL}))
    answers.append(await site.administer("/v1/secrets/set", name="x", wrong=CREDENTIAL))
    for values in ({"notes-key": CREDENTIAL + "\u20ac"}, {"notes-key": [CREDENTIAL]}):
        answers.append(
            await site.administer("/v1/manifest/apply", sources=[], values=values, typo=1)
        )
        answers.append(await site.administer("/v1/manifest/apply", sources=[], values=values))
    shown = ("/v1/secrets/list", "/v1/tools/list", "/v1/status", "/v1/agents/list")
    answers += [await site.administer(path) for path in shown]
    answers.append(await site.administer("/v1/tools/show", server="notes"))
    answers.append(await site.administer("/v1/audit/tail", count=1000))
    return answers, [held, Secret(assertion)]


def test_a_credential_is_nowhere_but_where_it_must_be(tmp_path: Path) -> None:
    async def run() -> None:
        async with ChildSite(tmp_path / "home") as site:
            site.mcp.calling = echo
            answers, bearers = await misuse(site)
            upstream = site._upstream
            assert upstream is not None
            await site.administer("/v1/backup", path=str(tmp_path / "backup"))
            await site.stop()
            files = everything_below(tmp_path)
            said = {
                f"answer {n}": json.dumps(dict(answer.headers)).encode() + answer.body
                for n, answer in enumerate(answers)
            }
            assert "home/remit.db" in files
            assert "home/stderr" in files
            # The search itself works: the upstream did get it, and nobody else.
            assert any(
                CREDENTIAL in (request.header("authorization") or "")
                for request in upstream.requests
            )
            assert holders({**files, **said}, NEEDLES) == []
            # Nor does anything keep what callers showed: tokens, assertions, proofs.
            signatures = tuple(each.open().rpartition(".")[2].encode() for each in bearers)
            assert holders({**files, **said}, signatures) == []
            # Nor do callers' own tokens and assertions reach the upstream.
            for request in upstream.requests:
                sent = request.body + b"".join(value for _, value in request.headers)
                assert not any(signature in sent for signature in signatures)
            assert not [name for name, content in said.items() if b"Traceback" in content]
            assert b"Traceback" not in files["home/stderr"]
            await site.start()

    asyncio.run(run())
