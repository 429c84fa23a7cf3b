"""Install the peers into a virtual environment of their own, and say which cannot be had here: `make bench-peers`.

Those on the package index need a newer Python than we do (ploom 3.13, interleave-test 3.12); one is looked for. SPIN
comes from the system's packages, which takes root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from bench.everybody import PACKAGES, PEERS
from every_python import interpreters

WANTED = (13, 14, 12, 11, 15)
"""The versions of Python from the one that most peers bear to those that fewest do."""


def main() -> int:
    """Install; the exit status is 0 if every peer is there."""
    found = interpreters()
    python = next(found[minor] for minor in WANTED if minor in found)
    inside = PEERS / "bin" / "python"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", str(PEERS)], check=True)
    missing = [package for package in PACKAGES if not _done([str(inside), "-m", "pip", "install", "-q", package])]
    for package in missing:
        print(f"{package} cannot be installed for {python}; the benchmark will show it as absent")
    return 1 if missing + _system("spin", "gcc") else 0


def _system(*tools: str) -> list[str]:
    """Install what is missing of the system's packages; those that are still missing then."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        _done(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing])
        missing = [tool for tool in tools if shutil.which(tool) is None]
    for tool in missing:
        print(
            f"{tool} is not installed; apt-get install {tool}, as root, would. The benchmark will show SPIN as absent"
        )
    return missing


def _done(command: Sequence[str]) -> bool:
    return subprocess.run(command, stdout=sys.stderr).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
