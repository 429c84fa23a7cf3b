"""The theorems are proved once for all tests."""

from __future__ import annotations

import pytest

from queueproof.unbounded import Outcome, missing_engines, prove_all


@pytest.fixture(scope="session")
def outcomes() -> dict[str, Outcome]:
    """What became of each theorem; skips, and says so, where an engine cannot be installed."""
    if missing := missing_engines():
        pytest.skip(f"NOT PROVED HERE: {', '.join(missing)} cannot be installed for this interpreter")
    return {theorem.name: outcome for theorem, outcome in prove_all()}
