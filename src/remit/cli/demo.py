"""`remit demo`: a real site on the loopback, and one agent's day on it, told and checked."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import click

from remit.cli.demonstration.children import ChildFailed, Children
from remit.cli.demonstration.site import Places, choose_ports, find_source, start_site
from remit.cli.demonstration.story import tell_story
from remit.cli.demonstration.teller import Teller
from remit.cli.exits import Exit, leave
from remit.kernel.clock import SystemClock


@click.command("demo")
@click.option("--keep", is_flag=True, help="Keep the site's files and logs.")
def demo(keep: bool) -> None:
    """Show what Remit does, on a site of real parts; succeeds only if all of it happened.

    Runs in a checkout, whose examples it uses. Everything is on the loopback, and ends with it.
    """
    clock = SystemClock()
    teller = Teller(clock)
    work = Path(tempfile.mkdtemp(prefix="remit-demo-"))
    try:
        with Children(work) as children:
            places = Places(find_source(), work, choose_ports())
            teller.tell("remit", "starts: an OIDC issuer, a ticket desk (MCP), a CRM (HTTP), Remit")
            site = start_site(places, children)
            teller.tell("remit", f"serves at {places.url}")
            asyncio.run(tell_story(site, teller))
    except ChildFailed as problem:
        keep = True
        leave(Exit.FAILED, f"{problem}\nkept: {work}")
    finally:
        if not keep:
            shutil.rmtree(work, ignore_errors=True)
    if keep:
        click.echo(f"kept: {work}")
    if not teller.end():
        raise SystemExit(Exit.FAILED)
