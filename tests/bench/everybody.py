"""All who are asked: treadle on our queues, and the peers that are installed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from bench import harmony, ours, pythons, spin
from bench.subject import Subject

PEERS = Path(__file__).parents[2] / ".venv-peers"
PACKAGES = ("harmony==1.2.4126", "interleave-test==0.1.0", "frontrun==0.7.0", "ploom==0.1.1")
"""The peers on the package index, in the versions that our programs are written for."""

_VERSIONS = """
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def subjects(peers: Path = PEERS) -> list[Subject]:
    """Ours first, then the peers."""
    found = versions(peers)
    return [
        *ours.subjects(),
        *spin.subjects(),
        harmony.subject(peers, found.get("harmony", "")),
        pythons.subject(
            peers,
            "interleave-test",
            "the buffer in Python, at most one preemption, between lines",
            found.get("interleave-test", ""),
        ),
        pythons.subject(
            peers,
            "frontrun",
            "the buffer in Python, at most two preemptions, virtual clock",
            found.get("frontrun", ""),
            launcher="frontrun",
        ),
        pythons.subject(
            peers, "ploom", "the buffer in Python, on conditions made of its locks", found.get("ploom", "")
        ),
    ]


def versions(peers: Path) -> dict[str, str]:
    """Which peers a virtual environment holds, and in which versions."""
    names = [package.partition("==")[0] for package in PACKAGES]
    try:
        asked = [str(peers / "bin" / "python"), "-c", _VERSIONS, *names]
        return dict(json.loads(subprocess.run(asked, capture_output=True, check=True, text=True).stdout))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
