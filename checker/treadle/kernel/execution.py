"""One execution of a program under control.

Threads are greenlets in one OS thread. Each is suspended just before an operation; a *step* lets one of them perform
its operation and run real Python to its next scheduling point. Nothing else runs meanwhile, so a step is a
deterministic function of what the thread holds and of the shared objects. A new thread runs at once to its first
scheduling point: until then it does nothing that others could notice (accesses that they could notice are points).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any

import greenlet

from treadle.kernel.graph import reachable
from treadle.kernel.instruction import Instruction
from treadle.kernel.judging import Failure, Judged
from treadle.kernel.nodes import Graph, Node
from treadle.kernel.places import frames_from, is_ours, place_of, place_of_error
from treadle.kernel.shapes import Mark, Shapes, is_global
from treadle.kernel.visible import ABSOLUTE_TIME, IDENTITIES, Access, Location, Name, Visible, doubted, late
from treadle.kernel.walk import Walker
from treadle.sandbox import calls, frames, runtime, stdlib
from treadle.sandbox.guards import MARK
from treadle.sandbox.importer import Sandbox
from treadle.sandbox.primitives import Mutex
from treadle.sandbox.roots import globals_written
from treadle.sandbox.runtime import ATTRIBUTES, WHOLE
from treadle.sandbox.threads import FINISHED, STARTED, Finish, ReadClock, Thread
from treadle.vocabulary.instant import Deadline, settled
from treadle.vocabulary.operation import GO, Operation, Primitive, Status
from treadle.vocabulary.options import Options, Program
from treadle.vocabulary.trace import Place

CLOCK = -1
"""The index under which the passing of time is chosen."""
TICK = "tick"

Choice = tuple[int, str]
"""The index of a thread, in order of starting, and the alternative of its pending operation."""

REDEFINING = frozenset({
    "__class__", "__dict__", "__code__", "__defaults__", "__kwdefaults__", "__bases__", "cell_contents",
})  # fmt: skip
"""Attributes that decide what code does."""

REAL_LOCKS = frozenset({"threading", "_thread", "Lock", "RLock"})
"""Global variables of modules that are not under check and lock something."""

RIGHT_MOVERS = {"acquire", "wait", "return", "join"}
"""Operations that let no other thread do what it could not do before."""

MANY = 50

DEATHS = 100
"""How often a thread that is being ended may enter another operation before it is left where it is."""


class Remaining(float):
    """The seconds that remain until a deadline, in the fields of a stored operation."""

    __slots__ = ()


class Touch(Operation):
    """A read or write of visible data."""

    __slots__ = ("before", "location", "obj", "write")
    kind = "access"

    def __init__(self, obj: object, location: Any, write: bool, before: int = 0) -> None:
        self.obj, self.location, self.write = obj, location, write
        self.before = before
        """How many accesses the same instruction has made before."""

    def targets(self) -> tuple[object, ...]:
        return (self.obj,)

    def fields(self) -> Status:
        return (self.location, self.write, self.before)


DEFINED = 3
"""From here on the fields of a stored `Touch` say which class, function or module it is that is touched."""


class Diverged(Exception):  # noqa: N818 - a finding about the program
    """A replayed choice was not possible: something differs from one execution to the next."""


@dataclass(slots=True)
class Control:
    """A thread, its greenlet, and what it is about to do."""

    thread: Thread
    kind: str
    greenlet: Any
    pending: Operation | None = None
    handled: BaseException | None = None
    deaths: int = 0
    standing: list[frames.FrameState | frames.Opaque] | None = None
    """What its frames hold, if that was looked at since it was suspended."""
    instruction: Instruction = field(default_factory=Instruction)

    @property
    def live(self) -> bool:
        """Was it started and has not finished?"""
        return self.thread.phase != FINISHED


class Execution(Judged):
    """An execution; the `Host` of the code under check (see treadle.sandbox.runtime)."""

    def __init__(
        self, sandbox: Sandbox, program: Program, options: Options, shapes: Shapes, visible: Visible, tracer: Any = None
    ) -> None:
        super().__init__()
        self.sandbox, self.options, self.shapes, self.visible = sandbox, options, shapes, visible
        self.tracer = tracer
        self.hub = greenlet.getcurrent()
        self.controls: list[Control] = []
        self.kinds: Counter[str] = Counter()
        self.now = 0.0
        self.spurious, self.any_waiter = options.spurious, options.wake_order == "any"
        self.own_calls = visible.own_calls
        self.identities_observed = visible.identities or not options.symmetry
        self.dying = False
        self.steps = 0
        self.hidden_reason: str | None = None
        self.nondeterministic_reasons: list[str] = []
        self.doubts: list[str] = []
        self.discovered: set[Location] = set()
        self.failures: list[Failure] = []
        self.refusals: list[runtime.Refused] = []
        self.accesses: list[tuple[Any, Access]] = []
        self._late = False
        """Has the running thread let others go on already in this step (see `kernel.visible.Access`)?"""
        self.shared: Sequence[Any] = ()
        """What several could reach before the step, as far as somebody has said so."""
        self._before: dict[int, object] = {}
        """That, and what the acting thread could reach before the step, if any location is suspect."""
        self.learning = True
        """Is it noted what is touched? Not where all of it has happened before."""
        self.followed = True
        """Are its accesses looked at although it is not learning: can any be a scheduling point, or change what no look
        shows?"""
        self.dependencies: list[object] = []
        """What the last step depended on, in order of looking, as far as it is noted."""
        self.blind = False
        """Did it do something of which that is not noted?"""
        self.handed_over: list[Any] = []
        """What threads that the last step started were given: from then on two can reach it."""
        self.unseen = False
        """Were they given something of which not all can be seen?"""
        self.mutated: dict[int, Any] = {}
        self._exposed: dict[int, tuple[object, object]] = {}
        """The dicts of attributes that some thread got hold of, and whose they are."""
        self.counted = False
        """Did the last step look at the list of all threads, or does what it taught depend on them?"""
        self.meddled = False
        """Did the last step change what another thread holds: by the release of a lock of its?"""
        self.stuck: Place | None = None
        self._serial = 0
        self._alive = 0
        self._unjoined = 0
        """How many threads have finished without having been joined by the main thread; MANY and more are not told
        apart."""
        self._new: list[Control] = []
        self._control: Control
        self._names: dict[int, int] | None = None
        self._named: list[Any] = []
        self._budget = 0
        module = sandbox.fresh()
        self._tables = sandbox.tables
        """Its own: the sandbox's are those of the execution that runs now."""
        self.abandoned: list[Mutex] = []
        """Locks that were held by threads when they finished and that nobody else can release."""
        self._at_first = len(self.modules)
        self._look_at_modules()
        self.main = Thread(
            target=getattr(module, program.name), args=program.arguments, name="MainThread", daemon=False
        )
        self._serial = 1

    @property
    def modules(self) -> dict[str, ModuleType]:
        """The modules that it has loaded."""
        return self._tables.modules

    def _look_at_modules(self) -> None:
        """Find out where the state of the modules hangs."""
        self._roots = [value for _, value in self.sandbox.roots()] + self.sandbox.closures()
        self._defined = self.sandbox.names()
        self._globals = [
            (vars(loaded), name) for loaded in self.modules.values() for name in sorted(globals_written(loaded))
        ]
        """The globals that some function binds: they are state whatever they hold."""
        self._imported = tuple(sorted(list(self.modules)[self._at_first :]))
        """The modules that were imported while threads ran."""

    # -- stepping -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Run the main thread, and those it starts, to their first scheduling points."""
        self.main.phase = STARTED
        self._admit(self.main, "main")
        self._run_new()
        self.judge(0, 0)

    def step(self, choice: Choice) -> None:
        """Let the chosen thread perform its pending operation in the chosen way; Diverged if it cannot."""
        index, alternative = choice
        self.steps += 1
        if index == CLOCK:
            self._tick()
            return
        if index >= len(self.controls) or alternative not in self.alternatives(index):
            raise Diverged(f"thread {index} cannot {alternative}")
        if self.learning and self.visible.suspects:
            self._before = {id(obj): obj for obj in self._its_own(index)}
        started = len(self.controls)
        self._resume(self.controls[index], alternative)
        self._run_new()
        self.judge(index, started)

    def _its_own(self, index: int) -> list[object]:
        """What is shared, as far as it is known, and all else that the thread can reach."""
        walker = self._walker()
        for obj in self.shared:
            walker.known(obj)
        self._owner(walker, self.controls[index])
        walker.describe_all()
        return walker.objects

    def _tick(self) -> None:
        remaining = self.picture()[1].next_tick
        if remaining is None:
            raise Diverged("no thread waits for time to pass")
        self.now += remaining

    def alternatives(self, index: int) -> tuple[str, ...]:
        """In which ways the thread can go on now."""
        control = self.controls[index]
        operation = control.pending
        if operation is None:
            return ()
        statuses = [t.status() if isinstance(t, Primitive) else () for t in operation.targets()]
        return operation.alternatives(self.plain_fields(operation), statuses)

    def plain_fields(self, operation: Operation) -> Status:
        """The operation's fields, deadlines as the seconds that remain."""
        return tuple(
            Remaining(max(0.0, round(float(f) - self.now, 9))) if isinstance(f, Deadline) else f
            for f in operation.fields()
        )

    def _resume(self, control: Control, alternative: str, late: bool = False) -> None:
        self._control, self.thread, self._late = control, control.thread, late
        control.standing = None
        self._budget = self.options.max_accesses
        runtime.let_run(self, self.learning or self.followed, None if self.learning else self.visible.names)
        self.sandbox.tables = self._tables
        try:
            control.greenlet.switch(alternative)
        finally:
            runtime.let_run(None)
        if len(self.modules) != self._at_first + len(self._imported):
            self.sandbox.remember()
            self._look_at_modules()
        if self.refusals and not self.dying:
            self.kill()
            raise self.refusals[0]

    def _run_new(self) -> None:
        while self._new:  # late from the start: that a thread begins is no scheduling point, and others may go on first
            self._resume(self._new.pop(0), GO, late=True)

    def _admit(self, thread: Thread, kind: str) -> None:
        control = Control(thread, kind, None)
        control.greenlet = greenlet.greenlet(lambda _: self._body(control), parent=self.hub)
        self.controls.append(control)
        self.kinds[kind] += 1
        self._new.append(control)
        self._alive += 1

    def _body(self, control: Control) -> None:
        thread = control.thread
        try:
            thread.run()
            if thread is self.main:
                self.depends_on(runtime.WORLD)
                for callback in reversed(self._tables.exit_callbacks):
                    callback()
        except (SystemExit, greenlet.GreenletExit):
            pass
        except runtime.Refused as refusal:
            self.refusals.append(refusal)
        except BaseException as error:
            self._fail(error)
        if self.dying:
            return
        if self.observed(thread, "alive"):
            self.perform(Finish(thread))
        self.depends_on(runtime.WORLD)
        thread.finish()
        self.abandoned += _reentrant(thread.held)
        self._alive -= 1
        if self._unjoined < MANY:
            self._unjoined += 1
        if self.tracer:
            self.tracer.event("finish", thread, "")

    def _fail(self, error: BaseException) -> None:
        if self.dying:
            return
        index = self.index(self.thread)
        self.failures.append(Failure(index, error, place_of_error(error)))
        if self.tracer:
            self.tracer.event("raise", self.thread, f"{type(error).__name__}: {error}")

    @property
    def threads(self) -> list[Thread]:
        """All threads that were started, the main thread first. Whoever looks at them tells them apart, and what it
        does depends on more than it holds itself."""
        self.observe(None, "identity")
        self.counted = True
        return [control.thread for control in self.controls]

    def index(self, thread: Thread) -> int:
        """The index of a thread that was started."""
        return next(i for i, control in enumerate(self.controls) if control.thread is thread)

    # -- Host: what the code under check reports --------------------------------------------------------------------

    def next_serial(self) -> int:
        """The number of the next thread, by order of creation."""
        self._serial += 1
        return self._serial - 1

    def spawn(self, thread: Thread) -> None:
        """A thread was started."""
        if self._names is None:
            self._name_everything()
        if self.learning:
            handed = self._walker()
            handed.ref(thread)
            handed.describe_all()
            self.handed_over += handed.objects
            self.unseen = self.unseen or bool(handed.hidden)
        self._admit(thread, _kind(thread))
        self._late = True
        self.event("start", thread)

    def perform(self, operation: Operation) -> Any:
        """Suspend the running thread before `operation`; when it is chosen, perform it."""
        control = self._control
        if self.dying:
            self._die(control)
        control.pending, control.handled = operation, sys.exception()
        alternative = self.hub.switch()
        control.pending = control.handled = None
        for call in control.thread.calls:
            self.call_begins(call)
        self._late = self._late or alternative != GO or self._noticed(operation)
        if self.tracer:
            self.tracer.performed(operation, alternative)
        return operation.perform(alternative)

    def _noticed(self, operation: Operation) -> bool:
        """Can other threads notice that it was performed, other than by having to wait?"""
        observed = bool(self.visible.observed) and any(self.observed(target, "held") for target in operation.targets())
        return observed or operation.kind not in RIGHT_MOVERS

    def access(self, obj: object, location: Any, write: bool) -> None:
        """A read or write comes next: a scheduling point if it is visible; recorded if others are alive."""
        self._budget -= 1
        if self._budget < 0:
            self._overrun()
        if write and isinstance(obj, (type, FunctionType, Enum)):
            self.mutated.setdefault(id(obj), obj)
            self.sandbox.changes(type(obj) if isinstance(obj, Enum) else obj)
        if self.dying or self.alone:
            self.blind = True
            return
        instruction = self._instruction()
        if instruction.announced:
            return
        self.depends_on(obj)
        if id(obj) in self._exposed:
            obj, location = self._exposed[id(obj)][1], (".", location[1]) if location != WHOLE else ATTRIBUTES
        elif location == WHOLE and not calls.is_a(obj, calls.HOLDERS):
            location = ATTRIBUTES  # all that it has
        if write:
            self._changes_definition(obj, location)
        where, visible = (self.name(obj), location), False
        if self.visible.locations:
            visible = where in self.visible.locations
            point = not instruction.passes() if visible else self._late and late(where) in self.visible.locations
            if point and (visible or not instruction.points):
                self._interrupted(Touch(obj, location, write, instruction.points), instruction, not visible)
                if instruction.announced:
                    return
            if not instruction.tells(obj, location, write):
                return
        if self.tracer and (visible or (self._names and id(obj) in self._names)):
            self.tracer.touched(obj, location, write, visible)
        if not self.learning:
            return
        control = self._control
        locks = frozenset(self._lock_names(control.thread))
        late_by = self.index(control.thread) if self._late else None
        near = self._late and doubted(where) in self.visible.suspects and self._in_reach(obj)
        self.accesses.append((obj, Access(control.kind, where, write, locks, late_by, near, id(obj) in self._before)))

    def _in_reach(self, obj: object) -> bool:
        """Could another thread reach the object now: one that is enabled, or one that waits for what such can reach?"""
        self.counted = True
        walker = self._walker()
        world = self._world(walker)
        others = [control for control in self.controls if control.live and control is not self._control]
        waiting = [(control, self._owner(walker, control)) for control in others]
        nodes, wanted = walker.describe_all(), walker.index.get(id(obj))
        if walker.hidden or walker.doubt:
            return True
        reached: set[int] = set()
        while going := [each for each in waiting if self._may_go_on(each[0], walker, reached)]:
            waiting = [each for each in waiting if each not in going]
            reached |= reachable(nodes, [world, *(node for _, node in going)])
            if wanted in reached:
                return True
        return False

    def _may_go_on(self, control: Control, walker: Walker, reached: set[int]) -> bool:
        """Is the thread enabled, or does it wait for something that time brings or that is among what is reached?"""
        operation = control.pending
        if operation is None or self.alternatives(self.controls.index(control)):
            return True
        timed = any(isinstance(field, Remaining) for field in self.plain_fields(operation))
        return timed or any(walker.index.get(id(target)) in reached for target in operation.targets())

    def inside(self, name: str) -> Any:
        return getattr(self.modules[stdlib.GATHERING], name)

    def depends_on(self, obj: object) -> None:
        if self.learning:
            self.dependencies.append(obj)

    def _instruction(self) -> Instruction:
        """The running instruction."""
        control = self._control
        if self.visible.locations:
            frame = sys._getframe(2)
            while frame.f_back is not None and is_ours(frame.f_back):
                frame = frame.f_back
            control.instruction = control.instruction.under(frame)
        return control.instruction

    def _interrupted(self, touch: Touch, instruction: Instruction, late: bool) -> None:
        """Others may go first. What the instruction touches it does in the step that comes now. (How many points it has
        had must tell the thread before one of them from the thread before the next.)"""
        self.perform(touch)
        if late:
            self._late = False  # a new step has begun, in which nobody was let go on yet
        announce = instruction.interrupted(late)
        if announce is not None:
            announce()
            instruction.announced = True
            return
        for obj in (touch.obj, *instruction.touched.values()):
            self.depends_on(obj)

    def expose(self, attributes: dict[str, Any], owner: object) -> None:
        """From now on an access to the dict is one to the attributes of its owner."""
        self._exposed[id(attributes)] = (attributes, owner)

    def _changes_definition(self, obj: object, location: Any) -> None:
        """A write that changes what code does, and not only what it finds, is noticed by no read."""
        name = location[1] if isinstance(location, tuple) and len(location) == 2 else None
        changed = None
        if is_globals(obj):
            if name not in globals_written_in(obj):
                changed = f"{obj['__name__']}.{name or '*'}"  # type: ignore[index]
        elif type(obj) is dict and sys.modules.get(str(obj.get("__name__"))) is not None and "__spec__" in obj:
            changed = f"{obj['__name__']}.{name or '*'}, of a module that is not under check,"
        elif isinstance(obj, type) and name is not None:
            special = name.startswith("__") and name.endswith("__")
            if special or calls._fixed(vars(obj).get(name)) or (id(obj) not in self._defined and is_global(obj)):
                changed = f"{obj.__name__}.{name}"
        elif name in REDEFINING and location[0] == ".":
            changed = f"the {name} of {'an' if type(obj).__name__[0] in 'aeiou' else 'a'} {type(obj).__name__}"
        if changed is not None:
            where = place_of(sys._getframe(2))
            self.doubt(f"{where.file}:{where.line}: {changed} is changed while threads run" if where else changed)

    def interrupts(self, obj: object, location: Any) -> bool:
        """Is every access to this location a scheduling point?"""
        return (self.name(obj), location) in self.visible.locations

    def loop(self) -> None:
        """A loop goes round; a step must end some time."""
        self._budget -= 1
        if self._budget < 0:
            self._overrun()

    def observe(self, obj: object, aspect: str) -> None:
        """The thread finds out about an aspect of `obj` without blocking."""
        if aspect == "identity":
            where = IDENTITIES
        elif aspect == "absolute-time":
            where = ABSOLUTE_TIME
        elif self.alone:
            return
        else:
            where = (self.name(obj), aspect)
        if where not in self.visible.observed:
            self.discovered.add(where)

    def left_locked(self) -> list[Mutex]:
        """The locks that threads which have finished still hold, as far as anybody could care."""
        return _reentrant(self.abandoned)

    def left_open(self) -> list[Mutex]:
        """The plain locks that can still be reached and that threads which have finished still hold."""
        found = [obj for obj in self.picture()[1].objects if isinstance(obj, Mutex) and obj._depth and obj._owner]
        return [lock for lock in found if not lock.reentrant and lock._owner.phase == FINISHED]

    @property
    def wayward(self) -> bool:
        """Was anything changed on which steps depend without a note: a definition, the dict of an object, the modules
        that are there?"""
        return bool(self.mutated or self._exposed or self._imported)

    @property
    def alone(self) -> bool:
        """Is there, and was there, nobody who could do anything at the same time? So it is before the first thread is
        started, and for the main thread once it has joined all others. (That the others have finished is not enough:
        in another execution they would still be at it.)"""
        if self._names is None:
            return True
        return self._alive == 1 and self._unjoined == 0 and self.thread is self.main

    def joined(self, thread: Thread) -> None:
        """The running thread has waited for the end of another."""
        self.depends_on(runtime.WORLD)
        if self.thread is self.main and not thread.joined and self._unjoined < MANY:
            thread.joined = True
            self._unjoined -= 1

    def observed(self, obj: object, aspect: str) -> bool:
        """Does any thread find out about an aspect of `obj`?"""
        return bool(self.visible.observed) and (self.name(obj), aspect) in self.visible.observed

    def event(self, kind: str, obj: object, detail: object = "") -> None:
        """Something happened to a primitive."""
        if kind == "release":
            self._late = True
            self.meddled |= obj._owner is not self.thread and id(obj) in (self._names or {})  # type: ignore[attr-defined]
        if self.tracer:
            self.tracer.event(kind, obj, detail)

    def hidden(self, reason: str) -> None:
        """State that no snapshot can see was touched."""
        self.hidden_reason = self.hidden_reason or reason

    def doubt(self, reason: str) -> None:
        """Something was given up: the verdict is never `holds`."""
        if reason not in self.doubts:
            self.doubts.append(reason)

    def every_doubt(self) -> list[str]:
        """What was given up, by the code under check too."""
        return self.doubts + self._tables.doubts

    def nondeterministic(self, reason: str) -> None:
        """Something was read that may differ from one execution to the next."""
        if reason not in self.nondeterministic_reasons:
            self.nondeterministic_reasons.append(reason)

    def fail(self, finding: BaseException) -> None:
        """The running thread has violated a property."""
        if not self.dying:
            self.failures.append(Failure(self.index(self.thread), finding, place_of(sys._getframe(1))))

    def _overrun(self) -> None:
        """The step never ends: leave the thread where it is."""
        if self.dying:
            self._die(self._control)
        self.stuck = place_of(sys._getframe(2))
        while True:
            self.hub.switch()

    # -- names ------------------------------------------------------------------------------------------------------

    def name(self, obj: object) -> Name:
        """What the object is called in every execution."""
        if isinstance(obj, type):
            return f"class {obj.__module__}.{obj.__qualname__}"
        if is_globals(obj):
            return f"globals of {obj['__name__']}"  # type: ignore[index]
        number = self._names.get(id(obj)) if self._names else None
        return type(obj).__qualname__ if number is None else number

    def _lock_names(self, thread: Thread) -> list[Name]:
        return [name for name, _ in self._numbered(thread.held)]

    def _numbered(self, locks: Iterable[Mutex]) -> Iterator[tuple[int, Mutex]]:
        names = self._names or {}
        return ((names[id(lock)], lock) for lock in locks if id(lock) in names)

    def _name_everything(self) -> None:
        """Number all that is there when the first thread is started: until now there was one execution only. Threads,
        and what nobody but a thread was given, have no number: they are alike if nothing else tells them apart."""
        walker = self._walker()
        walker.given = False
        self._world(walker)
        walker.picture(state_values(frame) for frame in frames_from(sys._getframe(2)))
        walker.describe_all()
        self._named = [obj for obj in walker.objects if not isinstance(obj, Thread)]
        self._names = {id(obj): number for number, obj in enumerate(self._named)}

    # -- pictures ---------------------------------------------------------------------------------------------------

    def _walker(self) -> Walker:
        return Walker(self.shapes, self.now, self._defined, self.identities_observed, self._names or {})

    def picture(self) -> tuple[Graph, Walker]:
        """The whole state as a graph."""
        walker = self._walker()
        world = self._world(walker)
        threads = [(index, self._owner(walker, control)) for index, control in enumerate(self.controls) if control.live]
        return self._graph(walker, world, threads), walker

    def _graph(self, walker: Walker, world: Node, threads: list[tuple[int, Node]]) -> Graph:
        graph = Graph(walker.describe_all(), world, threads)
        walker.kept_apart(self._exposed)
        if walker.doubt:
            self.doubt(walker.doubt)
        return graph

    def effect_picture(self, shared: Sequence[Any], index: int, before: int) -> tuple[Graph, Walker]:
        """What one step may have changed: the objects shared before it (numbered as they were), the thread that
        acted, and those that it started (of which there were `before` before)."""
        walker = self._walker()
        for obj in shared:
            walker.ref(obj)
        world = self._world(walker)
        indices = [index, *range(before, len(self.controls))]
        threads = [(i, self._owner(walker, self.controls[i])) for i in indices if self.controls[i].live]
        return self._graph(walker, world, threads), walker

    def _world(self, walker: Walker) -> Node:
        tokens: list[Any] = ["world", settled(self.now) if ABSOLUTE_TIME in self.visible.observed else None]
        tokens += [self._serial if self.identities_observed else None]
        tokens.append(self._unjoined if self.main.phase != FINISHED else None)
        tokens += [self._imported, *self._tables.exit_callbacks, *self._roots]
        tokens += self.left_locked()
        tokens += [values.get(name, Mark.ABSENT) for values, name in self._globals]
        for definition in self.mutated.values():
            tokens += [definition, tuple((k, v) for k, v in vars(definition).items() if not k.startswith("__"))]
        return walker.picture((*tokens, *self.monitors, *self.invariants))

    def _owner(self, walker: Walker, control: Control) -> Node:
        operation, thread = control.pending, control.thread
        walker._shape, walker._refs = [], []
        if operation is None:
            walker.hide("a thread that never reaches a scheduling point")
            return walker.node()
        targets = operation.targets()
        fields = self.plain_fields(operation)
        walker.clock_is_read = walker.clock_is_read or isinstance(operation, ReadClock)
        for remaining in fields:
            if isinstance(remaining, Remaining) and remaining > 0:
                known = walker.next_instant
                walker.next_instant = remaining if known is None else min(known, remaining)
        if targets and isinstance(operation, Touch) and (defined := walker.defined(targets[0])) is not None:
            fields, targets = (*fields, *defined), ()
        walker._shape += [
            "thread",
            walker.kind(operation),
            fields,
            thread._daemon,
            len(targets),
            len(thread.calls),
            control.kind,
        ]
        walker._refs += [walker.ref(target) for target in targets]
        walker.values((thread, control.handled, *thread.calls))  # the thread is the first after the targets
        walker.values(_reentrant(thread.held))
        plain = {name: lock for name, lock in self._numbered(thread.held) if not lock.reentrant}
        walker.values(plain[name] for name in sorted(plain))
        for local, attributes in thread.locals.values():
            walker.value(local)
            walker.value(attributes)
        if control.standing is None:
            control.standing = self._standing(control)
        for state in control.standing:
            walker.frame(state)
        return walker.node()

    def _standing(self, control: Control) -> list[frames.FrameState | frames.Opaque]:
        """What the frames of a suspended thread hold, the innermost first."""
        found, deeper = [], None
        for frame in frames_from(control.greenlet.gr_frame):
            if not is_ours(frame):
                found.append(frames.local_state(frame, deeper))
                if MARK not in frame.f_globals and not REAL_LOCKS.isdisjoint(frame.f_globals):
                    self.doubt(f"a thread waits inside of {frame.f_globals.get('__name__')}, whose locks are real")
            deeper = frame
        return found

    # -- the end ----------------------------------------------------------------------------------------------------

    def kill(self) -> None:
        """End every thread that is left, at once: nothing of this execution runs ever again."""
        self.dying = True
        logging = sys.modules.get("logging")  # executors report what ends their threads
        silenced = logging.root.manager.disable if logging else 0
        try:
            if logging:
                logging.disable(logging.CRITICAL)
            self._kill_all()
        finally:
            if logging:
                logging.disable(silenced)

    def _kill_all(self) -> None:
        for control in self.controls:
            if control.greenlet and not control.greenlet.dead and control.greenlet.gr_frame is not None:
                self._control, self.thread = control, control.thread
                self._budget = 10_000
                runtime.let_run(self)
                try:
                    control.greenlet.throw(greenlet.GreenletExit)
                finally:
                    runtime.let_run(None)

    def _die(self, control: Control) -> None:
        control.deaths += 1
        while control.deaths > DEATHS:
            PARKED.append(control)
            self.hub.switch()
        raise greenlet.GreenletExit


def _reentrant(locks: Sequence[Mutex]) -> list[Mutex]:
    return [lock for lock in locks if lock.reentrant]


PARKED: list[Control] = []
"""Threads that refused to end; kept so that the garbage collector does not run them."""


def is_globals(obj: object) -> bool:
    """Is it the namespace of a module under check?"""
    return type(obj) is dict and MARK in obj


def globals_written_in(namespace: Any) -> frozenset[str]:
    """The names that functions of the module bind, whose reads are reported."""
    return frozenset(getattr(namespace.get(MARK), "shared", ()))


def _kind(thread: Thread) -> str:
    run = thread._target or type(thread).run
    return f"{getattr(run, '__module__', '')}.{getattr(run, '__qualname__', type(run).__qualname__)}"


def state_values(frame: Any) -> tuple[object, ...]:
    """The values in a frame, for naming only; their order is not that in which somebody first looked at them."""
    if is_ours(frame):
        return ()
    code, found = frame.f_code, frame.f_locals
    order = dict.fromkeys((*code.co_varnames, *code.co_cellvars, *code.co_freevars, *found))
    return tuple(found[name] for name in order if name in found)
