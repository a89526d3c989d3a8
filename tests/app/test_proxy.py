import asyncio
from pathlib import Path

from remit.app.proxy import proxy_limits
from remit.settings import LimitSettings, Settings
from tests.site import Site


def test_the_limits_are_the_settings() -> None:
    given = LimitSettings(
        body_bytes=2048, header_bytes=4096, calls_per_agent=3, calls_per_tool_server=5
    )
    limits = proxy_limits(Settings(limits=given))
    assert (limits.body_bytes, limits.header_bytes) == (2048, 4096)
    assert (limits.calls_per_agent, limits.calls_per_tool_server) == (3, 5)


def test_a_body_beyond_the_settings_limit_goes_nowhere(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            await site.stop()
            path = site.home / "remit.toml"
            path.write_text(path.read_text("utf-8") + "\n[limits]\nbody_bytes = 1024\n", "utf-8")
            await site.start()
            proofs = site.proofs()
            token = await site.obtain_token(proofs)
            small = await site.call(proofs, token, "write_note", {"text": "x", "size": 1})
            large = await site.call(proofs, token, "write_note", {"text": "x" * 1024, "size": 1})
            assert (small.status, large.status) == (200, 413)
            assert len(site.mcp.called) == 1

    asyncio.run(story())


def test_a_call_carries_the_vaults_credential_and_not_the_callers_token(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            proofs = site.proofs()
            token = await site.obtain_token(proofs)
            assert (await site.call(proofs, token, "read_note", {"id": 1})).status == 200
            assert site._upstream is not None
            received = site._upstream.requests[-1]
            assert received.header("authorization") == "Bearer upstream-credential-0123456789"
            assert received.header("dpop") is None
            sent = b"".join(name + value for name, value in received.headers) + received.body
            assert token.open().encode() not in sent

    asyncio.run(story())
