"""Each execution has its own copy of what a package's modules hold, however they are imported."""

from __future__ import annotations

from pathlib import Path

import pytest

import treadle

STATE = """
class Shop:
    sold = None

shop = Shop()
shop.sold = 0

def sell():
    before = shop.sold
    shop.sold = before + 1
"""

PROGRAM = """
import threading
IMPORTS

def prog():
    assert STATE.shop.sold == 0
    threads = [threading.Thread(target=STATE.sell) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert STATE.shop.sold == 2
"""

IMPORTS = {
    "from package import state": "state",
    "import package.state": "package.state",
    "import package.state as kept": "kept",
    "from package.inner import state": "state",
    "import package.inner.state": "package.inner.state",
    "from package.inner import *": "state",
    "from package import inner": "inner.state",
    "from package.through import state": "state",
    "import package.through": "package.state",
}


@pytest.mark.parametrize(("imports", "state"), IMPORTS.items())
def test_a_lost_update_in_a_module_of_a_package_is_found(imports: str, state: str, tmp_path: Path) -> None:
    package = tmp_path / "package"
    for folder, text in ((package, ""), (package / "inner", "__all__ = ['state']\nfrom . import state")):
        folder.mkdir()
        (folder / "__init__.py").write_text(text)
        (folder / "state.py").write_text(STATE)
    (package / "through.py").write_text("from . import state")
    file = tmp_path / "shop.py"
    text = PROGRAM.replace("IMPORTS", imports).replace("STATE", state)
    file.write_text(text)
    report = treadle.check(f"{file}::prog")
    assert (report.verdict, report.reason) == ("violated", "assertion")
    assert f"shop.py:{len(text.splitlines())}" in report.message
