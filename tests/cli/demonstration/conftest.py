"""The demonstration's site, once for its parts' tests."""

from collections.abc import Iterator

import pytest

from remit.cli.demonstration.children import Children
from remit.cli.demonstration.site import DemoSite, Places, choose_ports, start_site
from tests.structure.source import ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    work = tmp_path_factory.mktemp("site")
    with Children(work) as children:
        yield start_site(Places(ROOT, work, choose_ports()), children)
