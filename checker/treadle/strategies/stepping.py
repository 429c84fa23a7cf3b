"""Some rows stepped at once, by nothing but tables: here, or wherever the tables have been sent.

What a step needs that is not in the tables is found out if they are those of the search (`treadle.strategies.filling`);
if they are a copy, the step is left to the search.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from treadle.strategies.alone import MOST
from treadle.strategies.rows import Batch, Reached, Step, once
from treadle.strategies.store import State
from treadle.strategies.tables import WAYS, Tables

if TYPE_CHECKING:
    from treadle.strategies.rows import Ints

OnTheWay = Callable[[Batch, Step, int, int], State]
"""Makes the state after a transition and so many of the steps that are done first."""


def stepped(tables: Tables, batch: Batch, moving: Any, on_the_way: OnTheWay) -> Reached:
    """Step some states in every way of the threads at the places that are moving."""
    np = tables.np
    step = _step(tables, batch, moving)
    if tables.alone_first:
        _run_on(tables, batch, step, on_the_way)
    kept = np.flatnonzero(~batch.lacking[step.rows, step.places])
    rows, shared, after = step.rows[kept].astype(np.int32), step.shared[kept], step.after[kept]
    moves = (step.places[kept] * WAYS + step.ways[kept]).astype(np.int32)
    prints = tables.fingerprints(shared, after)
    states = once(np, (rows, moves, prints, shared, after))
    unfinished = tables.must_finish[batch.locals].any(axis=1)
    unchanged = (shared == batch.shared[rows]) & unfinished[rows]
    quiet = rows[unchanged], moves[unchanged], prints[unchanged]
    return Reached(len(kept), (*states[:-1], smaller(np, states[-1])), quiet, np.nonzero(batch.lacking))


def smaller(np: Any, values: Ints) -> Ints:
    """The values in the smallest type that holds them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _step(tables: Tables, batch: Batch, moving: Any) -> Step:
    np = tables.np
    effects = tables.effects_of(batch, moving)
    rows, places, ways = np.nonzero(effects >= 0)
    step = Step(np, rows, places, ways, effects[rows, places, ways])
    tables.compose(batch, step)
    tables.arrive(batch, step)
    return step


def _run_on(tables: Tables, batch: Batch, step: Step, on_the_way: OnTheWay) -> None:
    """Have those steps done that are done first, in the states that were reached."""
    np = tables.np
    going = np.flatnonzero(~batch.lacking[step.rows, step.places])
    for taken in range(MOST):
        between = Batch(
            np,
            step.shared[going],
            step.after[going],
            lambda row, going=going, taken=taken: on_the_way(batch, step, int(going[row]), taken),  # type: ignore[misc]
        )
        first = tables.first(between)
        _note(batch, step, going, between)
        moves = np.flatnonzero(first >= 0)
        if not len(moves):
            break
        between = between.only(moves)
        moving = np.zeros(between.locals.shape, dtype=bool)
        moving[np.arange(len(moves)), first[moves]] = True
        on = _step(tables, between, moving)
        going = going[moves]
        _note(batch, step, going, between)
        made = ~between.lacking.any(axis=1)
        going, on_made = going[made], made[on.rows]
        step.shared[going], step.after[going] = on.shared[on_made], on.after[on_made]


def _note(batch: Batch, step: Step, going: Ints, between: Batch) -> None:
    """Whose step lacks something on the way cannot be made."""
    lacks = going[between.lacking.any(axis=1)]
    batch.lacking[step.rows[lacks], step.places[lacks]] = True
