"""A generated program rewritten so that its threads share closures and arguments, and nothing in module globals."""

from __future__ import annotations

import re
import textwrap


def closure_version(src: str) -> str:
    """The same program with nothing in module globals: shared state is reached by closures and arguments only."""
    head, body = src.split("\n\n\nw = None\ntotal = 0\n", 1)
    funcs, prog = body.split("def program():\n", 1)
    prog, obs = prog.split("\n\ndef observe():\n", 1)
    prog = prog.replace("    global w\n", "")
    inner = textwrap.indent(funcs.replace("global total", "nonlocal total").replace("global w", "nonlocal w"), "    ")
    ret = obs.strip().removeprefix("return ").strip()
    threads = re.findall(r"^    (t\d) = threading.Thread", prog, re.M)
    joins = "".join(f"    {t}.join()\n" for t in threads)
    return (
        head
        + "\n\n\ndef program():\n    w = None\n    total = 0\n"
        + inner
        + prog.rstrip()
        + "\n"
        + joins
        + f"    raise type('R' + repr({ret}), (Exception,), {{}})\n\n\ndef observe():\n    return 0\n"
    )
