"""What the virtual primitives promise, each under every schedule of a small random sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest

from support.cooperative import Execution, Stuck
from treadle.sandbox.importer import Sandbox

SEEDS = (None, 1, 2, 3, 4, 5)

Load = Callable[[str], ModuleType]


@pytest.fixture(params=["virtual", "stdlib"])
def load(tmp_path: Path, request: pytest.FixtureRequest) -> Load:
    def loaded(text: str) -> ModuleType:
        file = tmp_path / "prog.py"
        file.write_text(dedent(text))
        return Sandbox(file, primitives=request.param).load()

    return loaded


def outcomes(program: Callable[[], Any], seeds: tuple[int | None, ...] = SEEDS) -> list[Any]:
    return [Execution(seed).run(program) for seed in seeds]


def test_each_thread_has_its_own_attributes_in_a_local(load: Load) -> None:
    module = load("""
        import threading
        class Mine(threading.local):
            shared = "class"
            def __init__(self, first):
                self.items = [first]
            @property
            def size(self):
                return len(self.items)
        def program():
            mine, seen = Mine(7), []
            def work(n):
                mine.items.append(n)
                mine.name = n
                seen.append((mine.size, mine.items, mine.name, mine.shared))
            threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            return sorted(seen), mine.items, hasattr(mine, "name"), vars(mine)
    """)
    expected = ([(2, [7, n], n, "class") for n in range(3)], [7], False, {"items": [7]})
    assert outcomes(module.program) == [expected] * len(SEEDS)


def test_a_local_refuses_what_cpythons_refuses(load: Load) -> None:
    module = load("""
        import threading
        def program():
            mine = threading.local()
            found = []
            for action in (lambda: threading.local(1),
                           lambda: setattr(mine, "__dict__", {}), lambda: mine.absent,
                           lambda: delattr(mine, "absent")):
                try: action()
                except (TypeError, AttributeError) as error: found.append(type(error).__name__)
            return found
    """)
    assert Execution().run(module.program) == ["TypeError", *["AttributeError"] * 3]


def test_what_a_module_sets_in_a_local_is_seen_by_the_main_thread_only(load: Load) -> None:
    module = load("""
        import threading
        mine = threading.local()
        mine.x = 1
        def program():
            seen = []
            thread = threading.Thread(target=lambda: seen.append(hasattr(mine, "x")))
            thread.start(); thread.join()
            return mine.x, seen
    """)
    assert Execution().run(module.program) == (1, [False])


POOL = """
    import time
    from concurrent.futures import ThreadPoolExecutor, as_completed, wait
    def square(n):
        time.sleep(0.1 * n)
        return n * n
    def program():
        with ThreadPoolExecutor(max_workers=2) as pool:
            futures = [pool.submit(square, n) for n in range(3)]
            done = sorted(future.result() for future in as_completed(futures))
            mapped = list(pool.map(square, [3, 4]))
        return done, mapped, len(wait(futures).done)
    def forgotten():
        pool = ThreadPoolExecutor(max_workers=2)
        return pool.submit(square, 5).result()
    def failing():
        with ThreadPoolExecutor() as pool:
            return repr(pool.submit(lambda: 1 / 0).exception())
"""


@pytest.mark.parametrize("seed", SEEDS)
def test_a_thread_pool_runs_to_its_end(load: Load, seed: int | None) -> None:
    module = load(POOL)
    assert Execution(seed).run(module.program) == ([0, 1, 4], [9, 16], 3)
    assert Execution(seed).run(module.failing) == "ZeroDivisionError('division by zero')"


def test_a_pool_that_is_not_shut_down_ends_with_the_program(tmp_path: Path) -> None:
    file = tmp_path / "prog.py"
    file.write_text(dedent(POOL))
    for seed in SEEDS:
        sandbox = Sandbox(file)
        module = sandbox.load()

        def at_exit(sandbox: Sandbox = sandbox) -> None:
            for callback in reversed(sandbox.exit_callbacks):
                callback()

        assert Execution(seed).run(module.forgotten, at_exit=at_exit) == 25


def test_two_locks_taken_in_opposite_orders_block_for_ever_in_some_schedule(load: Load) -> None:
    module = load("""
        import threading
        def program():
            a, b = threading.Lock(), threading.Lock()
            def work(first, second):
                with first:
                    with second: pass
            threads = [threading.Thread(target=work, args=order) for order in ((a, b), (b, a))]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
    """)
    ends = set()
    for seed in range(20):
        try:
            Execution(seed).run(module.program)
            ends.add("end")
        except Stuck:
            ends.add("deadlock")
    assert ends == {"end", "deadlock"}


def test_who_tries_a_lock_of_their_own_that_another_thread_may_release_looks_at_shared_state(
    load: Load,
) -> None:
    module = load("""
        import threading
        def program():
            lock = threading.Lock()
            lock.acquire()
            lock.acquire(False)
            thread = threading.Thread(target=lock.release)
            thread.start(); thread.join()
            return lock.acquire(False)
    """)
    execution = Execution()
    touched: list[tuple[object, bool]] = []
    execution.access = lambda obj, location, write: touched.append((location, write))  # type: ignore[method-assign]
    assert execution.run(module.program) is True
    assert [entry for entry in touched if entry[0] == "holder"] == [("holder", False), ("holder", True)]
    assert ("observe", "held") in execution.reports


def test_time_passes_only_when_the_scheduler_lets_it(load: Load) -> None:
    module = load("""
        import time
        def program():
            start = time.monotonic()
            time.sleep(3600)
            return round(time.monotonic() - start)
    """)
    assert outcomes(module.program) == [3600] * len(SEEDS)


@pytest.mark.parametrize(("use", "observed"), [
    ("time.monotonic() - time.monotonic()", False), ("time.time() + 1 > time.time()", False),
    ("(time.time() + 5) - 2 - time.time()", False), ("time.monotonic() < float('inf')", False),
    ("int(time.time())", True), ("str(time.monotonic())", True), ("f'{time.time():.1f}'", True),
    ("2 * time.time()", True), ("hash(time.time())", True), ("time.time_ns()", True),
    ("time.time() > 5.0", True),
    ("5.0 - time.time()", True), ("time.localtime()", True), ("time.strftime('%Y')", True),
    ("bool(time.time())", True),
    ("(time.time() + 1) * 2", True), ("time.time() + time.time()", True), ("time.gmtime(0)", False),
])  # fmt: skip
def test_what_gives_away_the_absolute_time_is_reported(load: Load, use: str, observed: bool) -> None:
    execution = Execution()
    execution.run(load(f"import time\ndef program(): return {use}").program)
    assert (("observe", "absolute-time") in execution.reports) is observed


def test_sleep_checks_its_argument_as_cpython_does(load: Load) -> None:
    module = load("""
        import time
        def program():
            found = []
            for wrong in (-1, float("nan"), "x", None):
                try: time.sleep(wrong)
                except (TypeError, ValueError) as error: found.append(type(error).__name__)
            return found
    """)
    assert Execution().run(module.program) == ["ValueError", "ValueError", "TypeError", "TypeError"]


def test_threads_are_listed_while_they_live(load: Load) -> None:
    module = load("""
        import threading
        def program():
            go = threading.Event()
            thread = threading.Thread(target=go.wait, name="waiter")
            before = threading.active_count()
            thread.start()
            names = [thread.name for thread in threading.enumerate()]
            go.set(); thread.join()
            main = threading.main_thread()
            return before, names, threading.active_count(), main is threading.current_thread(), main.name
    """)
    assert outcomes(module.program) == [(1, ["MainThread", "waiter"], 1, True, "MainThread")] * len(SEEDS)


def test_a_timer_calls_its_function_unless_it_is_cancelled(load: Load) -> None:
    module = load("""
        import threading, time
        def program():
            seen = []
            timers = [threading.Timer(delay, seen.append, [delay]) for delay in (1, 3)]
            for timer in timers: timer.start()
            time.sleep(2)
            timers[1].cancel()
            for timer in timers: timer.join()
            return seen
    """)
    assert outcomes(module.program) == [[1]] * len(SEEDS)


def test_the_cache_of_lru_cache_and_a_cached_property_are_those_of_cpythons_python_source(load: Load) -> None:
    module = load("""
        import functools
        calls = []
        @functools.lru_cache(maxsize=2)
        def double(n):
            calls.append(n)
            return 2 * n
        class Lazy:
            @functools.cached_property
            def value(self):
                calls.append("value")
                return 1
        def program():
            lazy = Lazy()
            return [double(n) for n in (1, 1, 2, 3, 1)], 2 * lazy.value, calls, functools.partial(max, 3)(5)
    """)
    assert Execution().run(module.program) == ([2, 2, 4, 6, 2], 2, [1, 2, 3, 1, "value"], 5)
