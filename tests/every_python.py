"""Run the test suite on every supported Python that is found, each in a virtual environment of its own.

    python tests/every_python.py [argument of pytest]...

Interpreters are those of pyenv and any `python3.N` on the path, or what `PYTHONS="/a/python /b/python"` names. What
has no wheel for an interpreter is left out, and said aloud, together with the tests that need it.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = 11, 15
CONSTRAINED = ("--constraint", "constraints.txt", "--quiet", "--disable-pip-version-check")
NEEDED = ("pytest", "pytest-xdist", "hypothesis")
OPTIONAL = {
    ("crosshair-tool", "z3-solver", "cvc5"): ("tests/queueproof", "tests/docs"),
    ("waitress",): ("tests/impl/test_order_desk.py",),
    ("matplotlib",): (),  # the tests that draw skip themselves
    ("distributed",): ("tests/checker/sweep/test_dask.py",),
}
"""Packages that are not there for every interpreter, and the tests that need them."""


def version(python: str) -> int | None:
    """The N of Python 3.N, if the interpreter starts and is a supported one."""
    try:
        asked = [python, "-c", "import sys; print(*sys.version_info[:2])"]
        major, minor = map(int, subprocess.run(asked, capture_output=True, check=True, text=True).stdout.split())
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return minor if major == 3 and OLDEST <= minor <= NEWEST else None


def interpreters() -> dict[int, str]:
    """One interpreter for each version."""
    named = os.environ.get("PYTHONS", "").split()
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    versions = sorted(glob.glob(f"{pyenv}/versions/3.*/bin/python"), reverse=True)
    on_path = [shutil.which(f"python3.{minor}") for minor in range(OLDEST, NEWEST + 1)]
    found: dict[int, str] = {}
    for python in named or [*versions, *filter(None, on_path), sys.executable]:
        minor = version(python)
        if minor is None and named:
            sys.exit(f"{python} is no Python from 3.{OLDEST} to 3.{NEWEST} that starts")
        if minor is not None:
            found.setdefault(minor, python)
    return dict(sorted(found.items()))


def environment(python: str, minor: int) -> str:
    """The interpreter of the virtual environment for this version, with pip in it."""
    folder = ROOT / f".venv-3.{minor}"
    inside = folder / "bin" / "python"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    if subprocess.run([inside, "-m", "pip", "--version"], capture_output=True).returncode:
        libraries = folder / "lib" / f"python3.{minor}" / "site-packages"
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", libraries, "pip"], check=True)
    return str(inside)


def installed(python: str, *packages: str, wheels: bool = False) -> bool:
    """Install the packages; with `wheels`, nothing that would have to be built."""
    only = ("--only-binary", ":all:") if wheels else ()
    command = [python, "-m", "pip", "install", *CONSTRAINED, *only, *packages]
    return subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL if wheels else None).returncode == 0


def tested(minor: int, python: str, arguments: list[str]) -> str:
    """Run the suite on one interpreter; what came of it."""
    inside = environment(python, minor)
    if not installed(inside, "--editable", ".", *NEEDED):
        return "cannot be set up"
    left_out: list[str] = []
    for packages, tests in OPTIONAL.items():
        if not installed(inside, *packages, wheels=True):
            without = ", ".join(tests) or "them"
            print(f"\n*** Python 3.{minor}: no {', '.join(packages)}; without {without} ***\n", flush=True)
            left_out += tests
    ignored = [f"--ignore={tests}" for tests in left_out]
    command = [inside, "-m", "pytest", "-m", "not slow", "--numprocesses", "auto", "--quiet", *ignored, *arguments]
    passed = subprocess.run(command, cwd=ROOT).returncode == 0
    return ("passed" if passed else "FAILED") + (f", without {', '.join(left_out)}" if left_out else "")


def main() -> int:
    """Test on every interpreter; 0 if all passed."""
    results = {}
    for minor, python in interpreters().items():
        print(f"=== Python 3.{minor}: {python}", flush=True)
        results[minor] = tested(minor, python, sys.argv[1:])
    print("\n".join(f"Python 3.{minor}: {result}" for minor, result in results.items()))
    return 0 if results and all(result.startswith("passed") for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
