"""The policies in force, put together for both stories."""

from remit.app.control import Control
from remit.audit.journal import Journal
from remit.kernel.entropy import Entropy
from remit.kernel.ids import ROOT_TENANT
from remit.policy.book import PolicyBook
from remit.policy.engines.cedar.compiler import CedarCompiler
from remit.policy.shipped import load_shipped


def make_book(control: Control, journal: Journal, entropy: Entropy) -> PolicyBook:
    """The policies that Remit ships, beside the tenant's own."""
    return PolicyBook(
        ROOT_TENANT,
        journal,
        CedarCompiler(ROOT_TENANT),
        lambda: control.directory.tool_servers.of(ROOT_TENANT),
        entropy,
        shipped=(load_shipped(),),
    )
