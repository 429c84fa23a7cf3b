"""What one execution has loaded: its modules, how they hang together, and what is to be called at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

from treadle.sandbox import roots


@dataclass
class Tables:
    """What one execution has loaded. Executions that are alive at the same time share modules without state, and
    nothing else."""

    modules: dict[str, ModuleType] = field(default_factory=dict)
    loaded: dict[str, roots.Definitions] = field(default_factory=dict)
    imports: dict[str, set[str]] = field(default_factory=dict)
    exit_callbacks: list[Callable[[], object]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    """Why the verdict is never `holds`."""

    def copy(self) -> Tables:
        """Tables of their own with the same content."""
        imports = {name: set(used) for name, used in self.imports.items()}
        return Tables(dict(self.modules), dict(self.loaded), imports, list(self.exit_callbacks), list(self.doubts))
