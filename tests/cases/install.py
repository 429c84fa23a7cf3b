"""Install the packages of the cases, each version into a folder of its own: `make cases`."""

from __future__ import annotations

import subprocess
import sys

from cases.table import CASES, Case


def main() -> int:
    """Install what is not there yet; the exit status is 0 if every package is there then."""
    wanted = {case.folder: case for case in CASES}
    missing = [case for case in wanted.values() if not case.folder.exists() and not _installed(case)]
    for case in missing:
        print(f"{case.requirement} cannot be installed; its cases will be skipped")
    return 1 if missing else 0


def _installed(case: Case) -> bool:
    """Install it beside its place first, so that what is in its place is whole."""
    beside = case.folder.with_name(f"{case.folder.name}.part")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--upgrade"]
    if subprocess.run([*pip, "--target", str(beside), case.requirement], stdout=sys.stderr).returncode:
        return False
    beside.rename(case.folder)
    return True


if __name__ == "__main__":
    sys.exit(main())
