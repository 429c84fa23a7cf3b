"""States as graphs, and their canonical form.

A state is a graph of nodes (the mutable objects) with owners (the world of globals, and each living thread). What only
one thread can reach is *private* to it and belongs to that thread's local state; what two owners can reach is
*shared*. Two states that differ only in the identity of objects and of interchangeable threads have the same canonical
form: shared nodes are numbered in order of discovery, first from the world, then from those that look like no other, at
last from the threads, told apart by what they hold and by who else refers to it. Where they tie, any will do: it can
cost a merge, never a wrong one, since equal forms are isomorphic graphs (scalarsets: Ip and Dill, "Better verification
through symmetry", 1996). Where the threads were not needed, the numbers say nothing about them, and a step can be
applied to a state without looking at the others (see `treadle.strategies.compositions`).
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from treadle.kernel.holders import WORD, colours_held, colours_of, numbers, orders, ranks
from treadle.kernel.nodes import Canonical, Graph, Local, Node, Refs

SHARED = -1


Kind = tuple[int, int]


def its_own_kind(shape: int) -> Kind:
    """Each shape is a kind."""
    return 0, shape


class Canonicaliser:
    """Computes canonical forms.

    Arguments: the shapes whose references have no order (sets); and the kind of each shape, which says less than the
    shape and changes less from state to state. Numbers begin at a node that is the only one of its kind, of the least
    such kind, so that from state to state the same object tends to have the same number.
    """

    def __init__(self, unordered: set[int], kind: Callable[[int], Kind] = its_own_kind) -> None:
        self.unordered, self.kind = unordered, kind

    def __call__(self, graph: Graph) -> Canonical:
        """The canonical form of `graph`."""
        return _Naming(graph, self.unordered, self.kind, owners(graph)).canonical()

    def without_others(self, graph: Graph, shared: Iterable[int], others: Refs) -> Canonical:
        """The canonical form, as far as it concerns `graph`, of that graph with more threads: together they share the
        nodes `shared`, and each reaches some of `others`. What the world does not tell apart has any numbers."""
        naming = _Naming(graph, self.unordered, self.kind, owners(graph, shared, others))
        naming.number_by_world()
        return naming.form()

    def told(self, shared: Sequence[Node]) -> int:
        """How many objects of a shared part, the world first, the world tells apart."""
        graph = Graph(list(shared[1:]), shared[0], [])
        naming = _Naming(graph, self.unordered, self.kind, [SHARED] * len(graph.nodes))
        return naming.number_by_world()

    def local(self, nodes: list[Node], owner: Node, numbers: dict[int, int]) -> Local:
        """The local part of one thread of a graph, if these are the numbers of all the shared nodes."""
        owned: list[int | None] = [SHARED if index in numbers else 0 for index in range(len(nodes))]
        naming = _Naming(Graph(nodes, (-1, ()), []), self.unordered, self.kind, owned)
        naming.numbers = numbers
        return naming._local(*naming._private(owner, 0))


class _Naming:
    """The naming of one graph."""

    def __init__(self, graph: Graph, unordered: set[int], kind: Callable[[int], Kind], owner: list[int | None]) -> None:
        self.graph, self.unordered, self.kind, self.owner = graph, unordered, kind, owner
        self.numbers: dict[int, int] = {}
        self.order: list[int] = []
        self.colours: dict[int, int] = {}
        self.told = 0

    def canonical(self) -> Canonical:
        if self.number_by_world() < len(self.order):
            loose = self.order[self.told :]
            order = self._by_holders()
            self._forget(loose)
            if order is None:
                self._number_from_threads()
            else:
                self._number((-1, tuple(order)))
        return self.form()

    def form(self) -> Canonical:
        """The form with these numbers."""
        graph = self.graph
        parts = [(name, *self._private(owner, place)) for place, (name, owner) in enumerate(graph.threads)]
        named = sorted((self._local(entries, places), name) for name, entries, places in parts)
        locals_, names = tuple(local for local, _ in named), tuple(name for _, name in named)
        return Canonical(self._all_shared(), locals_, names, self.numbers, self.told)

    def number_by_world(self) -> int:
        """Number what the world reaches, and then what looks like no other; the rest comes after these, in any order.
        How many are told apart so?"""
        self._number(self.graph.world)
        self._number_by_colour()
        self.told = len(self.order)
        self._number((-1, tuple(self._left())))
        return self.told

    def _by_holders(self) -> list[int] | None:
        """The nodes that the world does not tell apart, in the order that their holders give them, if these do."""
        shared, told = self._all_shared(), self.told
        parts = [self._local(*self._private(owner, place)) for place, (_, owner) in enumerate(self.graph.threads)]
        colours = colours_of(shared, told, self.unordered)
        for part in parts:
            held = colours_held(part, told, self.unordered)
            if held is None:
                return None
            for number, colour in held.items():
                colours[number - told] += colour
        found = orders(shared, told, ranks([colour & WORD for colour in colours]), self.unordered)
        if len(found) > 1 and len({self._form_of(shared, parts, order) for order in found}) > 1:
            return None
        return [self.order[number] for number in found[0]]

    def _form_of(self, shared: Sequence[Node], parts: Sequence[Local], order: Refs) -> tuple[object, ...]:
        """What the form would be with the nodes that the world does not tell apart in this order."""
        now = numbers(order, self.told)

        def renumbered(node: Node) -> Node:
            return self._in_order(node[0], [now[ref] if ref >= 0 else ref for ref in node[1]])

        world, *nodes = map(renumbered, shared)
        told = [*nodes[: self.told], *(nodes[number] for number in order)]
        return world, tuple(told), tuple(sorted(tuple(map(renumbered, part)) for part in parts))

    def _forget(self, loose: list[int]) -> None:
        """Take the numbers back from these."""
        del self.order[self.told :]
        for ref in loose:
            del self.numbers[ref]

    # -- numbers of shared nodes ------------------------------------------------------------------------------------

    def _left(self) -> list[int]:
        """The shared nodes that have no number yet."""
        numbers = self.numbers
        return [ref for ref, owner in enumerate(self.owner) if owner == SHARED and ref not in numbers]

    def _number(self, *roots: Node) -> None:
        """Number the shared nodes reachable from these, breadth first; the elements of sets where colours decide."""
        order, nodes = self.order, self.graph.nodes
        start = len(order)
        for root in roots:
            self._number_refs(root)
        while start < len(order):
            self._number_refs(nodes[order[start]])
            start += 1

    def _number_refs(self, node: Node) -> None:
        numbers, order, mine = self.numbers, self.order, self.owner
        shape, refs = node
        if shape in self.unordered:
            refs = self._decided(refs)
        for ref in refs:
            if ref not in numbers and mine[ref] == SHARED:
                numbers[ref] = len(order)
                order.append(ref)

    def _decided(self, elements: Refs) -> Refs:
        """Those elements of a set, without a number yet, that look like no other, in the order of their colours."""
        self.colours = {}
        mine, numbers = self.owner, self.numbers
        return _alone([(self._colour(ref), ref) for ref in elements if ref not in numbers and mine[ref] == SHARED])

    def _number_by_colour(self) -> None:
        """Number what the world does not reach: from the nodes that look like no other, as long as there are such."""
        while left := self._left():
            kinds = [self.kind(self.graph.nodes[ref][0]) for ref in left]
            counted = Counter(kinds)
            only = min(((kind, ref) for kind, ref in zip(kinds, left, strict=True) if counted[kind] == 1), default=None)
            if only is not None:
                self._number((-1, only[1:]))
                continue
            self.colours = {}
            alone = _alone([(self._colour(ref), ref) for ref in left])
            if not alone:
                return
            self._number((-1, alone))

    def _number_from_threads(self) -> None:
        """Number the rest: from the thread that comes first by what is known of it, and so on; what is in sets, by who
        refers to it. Where nothing decides, any will do."""
        parts = [self._private(owner, place)[0] for place, (_, owner) in enumerate(self.graph.threads)]
        self.colours = {}  # what was known before the threads were asked
        while self._left():
            before = len(self.order)
            waiting = [place for place, entries in enumerate(parts) if self._unnumbered(entries)]
            known = self._known_of(parts, waiting)
            first = [place for place in waiting if known[place] == known[waiting[0]]]
            if len(first) > 1:
                common = self._common([parts[place] for place in first])
                self._number(*([(-1, common)] if common else self._told_apart(parts, known, first)))
            elif first:
                self._number(*parts[first[0]])
            if len(self.order) == before:  # only elements of sets are left
                coloured = [(colour, ref) for ref, colour in self._refined(parts, known)[0].items()]
                self._number((-1, _alone(coloured) or min(coloured)[1:]))

    def _unnumbered(self, entries: list[Node]) -> bool:
        """Do these refer to a shared node without a number?"""
        numbers, mine = self.numbers, self.owner
        for _, refs in entries:
            for ref in refs:
                if ref not in numbers and mine[ref] == SHARED:
                    return True
        return False

    def _known_of(self, parts: list[list[Node]], waiting: list[int]) -> dict[int, int]:
        """What is known of each thread, as a colour; the least ones come first."""
        known = {place: hash(self._masked(parts[place])) for place in waiting}
        waiting.sort(key=known.__getitem__)
        return known

    def _masked(self, entries: list[Node]) -> tuple[tuple[int, ...], ...]:
        """What is known of a thread while not all that it refers to has a number."""
        masked, numbers = [], self.numbers
        for shape, refs in entries:
            colours = [numbers[ref] if ref in numbers else self._colour(ref) for ref in refs]
            masked.append((shape, *(sorted(colours) if shape in self.unordered else colours)))
        return tuple(masked)

    def _common(self, tied: list[list[Node]]) -> Refs:
        """What all of several threads that tie refer to in the same place: from there, perhaps, they can be told apart
        (the first and the second in line of one condition)."""
        rows = [[refs for shape, refs in entries if shape not in self.unordered] for entries in tied]
        places = zip(*(itertools.chain.from_iterable(row) for row in rows), strict=True)
        common = {refs[0]: None for refs in places if len(set(refs)) == 1}
        return tuple(ref for ref in common if ref not in self.numbers and self.owner[ref] == SHARED)

    def _told_apart(self, parts: list[list[Node]], known: dict[int, int], tied: list[int]) -> list[Node]:
        """Several threads that tie, told apart by who refers to what they refer to; if that is of no help, one."""
        colours = self._refined(parts, known)[1]
        coloured = [(colours[place], place) for place in tied]
        return [entry for place in _alone(coloured) or min(coloured)[1:] for entry in parts[place]]

    def _refined(self, parts: list[list[Node]], known: dict[int, int]) -> tuple[dict[int, int], dict[int, int]]:
        """Colours of the shared nodes without a number, and of the threads that refer to any, by who refers to whom.
        All else is told apart already."""
        left = {ref: vertex for vertex, ref in enumerate(self._left())}
        edges, colours = [], []
        for ref in left:
            shape, refs = node = self.graph.nodes[ref]
            edges.append(self._edges(left, [(0, node)]))
            below = [self.numbers.get(ref, -3) for ref in refs]
            colours.append(hash((shape, *(sorted(below) if shape in self.unordered else below))))
        for numbered in enumerate([self.graph.world, *(self.graph.nodes[ref] for ref in self.order)]):
            for vertex, label in self._edges(left, [numbered]):
                colours[vertex] = hash((colours[vertex], label))
        for place, colour in known.items():
            edges.append(self._edges(left, enumerate(parts[place])))
            colours.append(colour)
        colours = refined(colours, edges)
        return dict(zip(left, colours, strict=False)), dict(zip(known, colours[len(left) :], strict=True))

    def _edges(self, vertices: dict[int, int], entries: Iterable[tuple[int, Node]]) -> list[tuple[int, int]]:
        """The references to these vertices, each with a label: where it stands, as far as that matters."""
        unordered = self.unordered
        return [
            (vertices[ref], hash((number, len(refs) if shape in unordered else place)))
            for number, (shape, refs) in entries
            for place, ref in enumerate(refs)
            if ref in vertices
        ]

    def _colour(self, ref: int, depth: int = 3) -> int:
        """A number that depends on what the node holds, so many levels deep, and not on identities."""
        numbers = self.numbers
        if ref in numbers:
            return numbers[ref]
        key = ref * 4 + depth
        colour = self.colours.get(key)
        if colour is None:
            shape, refs = self.graph.nodes[ref]
            below = [numbers[r] if r in numbers else self._colour(r, depth - 1) for r in refs] if depth else []
            colour = hash((shape, *(sorted(below) if shape in self.unordered else below)))
            colour = self.colours[key] = colour if colour < 0 else -1 - colour
        return colour

    # -- the parts of the form --------------------------------------------------------------------------------------

    def _private(self, owner: Node, place: int) -> tuple[list[Node], dict[int, int]]:
        """The owner and its private nodes in order of discovery, and the place of each node among them."""
        entries, places, mine, nodes = [owner], {}, self.owner, self.graph.nodes
        for shape, refs in entries:  # grows while it is walked
            for ref in self._in_colour(refs) if shape in self.unordered else refs:
                if mine[ref] == place and ref not in places:
                    places[ref] = len(entries)
                    entries.append(nodes[ref])
        return entries, places

    def _in_colour(self, elements: Refs) -> list[int]:
        """The elements of a set in the order of their colours, refined only if some look alike."""
        self.colours = {}
        colours = {ref: self._colour(ref) for ref in elements}
        if len(set(colours.values())) < len(colours):
            graph = self.graph
            holders = [*graph.nodes, graph.world, *(owner for _, owner in graph.threads)]
            vertices = {ref: ref for ref in range(len(graph.nodes))}
            known = [self._colour(ref) for ref in vertices] + [hash(shape) for shape, _ in holders[len(vertices) :]]
            colours = dict(enumerate(refined(known, [self._edges(vertices, [(0, node)]) for node in holders])))
        return sorted(elements, key=colours.__getitem__)

    def _local(self, entries: list[Node], places: dict[int, int]) -> Local:
        numbers = self.numbers
        return tuple(
            self._in_order(shape, [-places[ref] if ref in places else numbers[ref] for ref in refs])
            for shape, refs in entries
        )

    def _all_shared(self) -> tuple[Node, ...]:
        return (self._shared(self.graph.world), *(self._shared(self.graph.nodes[index]) for index in self.order))

    def _shared(self, node: Node) -> Node:
        shape, refs = node
        return self._in_order(shape, [self.numbers[ref] for ref in refs])

    def _in_order(self, shape: int, numbers: list[int]) -> Node:
        return (shape, tuple(sorted(numbers) if shape in self.unordered else numbers))


def _alone(coloured: list[tuple[int, int]]) -> Refs:
    """The nodes whose colour no other has, in the order of their colours."""
    counts = Counter(colour for colour, _ in coloured)
    return tuple(ref for colour, ref in sorted(coloured) if counts[colour] == 1)


def refined(colours: list[int], edges: list[list[tuple[int, int]]]) -> list[int]:
    """The colours of vertices, made finer by what each refers to and what refers to it, as far as that goes (colour
    refinement: Weisfeiler and Leman, 1968). The edges of a vertex lead to others and have labels."""
    count = 0
    while (found := len(set(colours))) > count:
        count = found
        below: list[list[int]] = [[] for _ in colours]
        above: list[list[int]] = [[] for _ in colours]
        for source, out in enumerate(edges):
            for target, label in out:
                below[source].append(hash((colours[target], label)))
                above[target].append(hash((colours[source], label)))
        colours = [
            hash((colour, *sorted(under), -2, *sorted(over)))
            for colour, under, over in zip(colours, below, above, strict=True)
        ]
    return colours


def reachable(nodes: Sequence[Node], roots: Iterable[Node]) -> set[int]:
    """The numbers of the nodes to which a path leads from one of the roots."""
    reached: set[int] = set()
    todo = [number for _, refs in roots for number in refs]
    while todo:
        number = todo.pop()
        if number not in reached:
            reached.add(number)
            todo += nodes[number][1]
    return reached


def owners(graph: Graph, shared: Iterable[int] = (), others: Refs = ()) -> list[int | None]:
    """For each node: the place of the only thread that reaches it, or SHARED (all that the world reaches is).

    Threads that the graph has not share the nodes `shared`, and reach each of `others`; together they have one place.
    """
    owner: list[int | None] = [None] * len(graph.nodes)
    nodes = graph.nodes
    _share([*graph.world[1], *shared], owner, nodes)
    reached = [*(refs for _, (_, refs) in graph.threads), others]
    for place, refs in enumerate(reached):
        stack = list(refs)
        while stack:
            ref = stack.pop()
            if owner[ref] is None:
                owner[ref] = place
                stack.extend(nodes[ref][1])
            elif owner[ref] != place and owner[ref] != SHARED:
                _share([ref], owner, nodes)
    return owner


def _share(stack: list[int], owner: list[int | None], nodes: list[Node]) -> None:
    while stack:
        ref = stack.pop()
        if owner[ref] != SHARED:
            owner[ref] = SHARED
            stack.extend(nodes[ref][1])
