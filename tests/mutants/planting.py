"""Every way in which one place of a source could be wrong by a little, one at a time."""

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
NAMES = {"min": "max", "max": "min", "is_": "is_not", "is_not": "is_", "in_": "not_in"}

SCHEMA = {"String", "ForeignKey", "CheckConstraint", "UniqueConstraint", "Index", "Id"}
"""The tests' database is made by the migrations, so what the classes say of it changes nothing."""
UNSEEN = {"primary_key", "unique", "index", "frozen"}
"""The same, and what only the type checker sees."""
LOCKS = {"with_for_update", "populate_existing", "synchronize_session", "lock", "flush"}
"""Only two at once see a lock, and what the session keeps: the servers' tests do, these do not."""


Trail = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Mutant:
    """One change of one node: `trail` leads to it from the module."""

    place: str
    line: int
    what: str
    trail: Trail
    node: ast.AST
    function: str
    """The function whose body it is in, with its class; empty where importing runs it."""


def mutants(source: str) -> list[Mutant]:
    """All of them, from the top to the bottom."""
    return list(_below(ast.parse(source), (), "", ""))


def planted(source: str, mutant: Mutant) -> ast.Module:
    """The source with this one change."""
    tree = ast.parse(source)
    parent: ast.AST = tree
    for name, place in mutant.trail[:-1]:
        child = getattr(parent, name)
        parent = child if place is None else child[place]
    name, place = mutant.trail[-1]
    if place is None:
        setattr(parent, name, mutant.node)
    else:
        getattr(parent, name)[place] = mutant.node
    return ast.fix_missing_locations(tree)


def _below(node: ast.AST, trail: Trail, place: str, function: str) -> Iterator[Mutant]:
    """`place` is the function or class around; `function` is empty outside of bodies."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        runs_later = isinstance(node, ast.FunctionDef) and name == "body"
        inside = function or (place if runs_later else "")
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_left_alone(child):
                continue
            here = (*trail, (name, index))
            for changed in _changes(child):
                words, line = _words(node, child, changed), getattr(child, "lineno", 0)
                yield Mutant(place, line, words, here, changed, inside)
            yield from _below(child, here, _within(child, place, function), inside)


def _within(node: ast.AST, place: str, function: str) -> str:
    """The place below: of a function, a class, or a field of a class."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return f"{place}.{node.name}".strip(".")
    if isinstance(node, ast.AnnAssign) and place and not function:
        return f"{place}.{ast.unparse(node.target)}"
    return place


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg in UNSEEN | LOCKS
    if isinstance(node, ast.Expr):
        node = node.value
    if isinstance(node, ast.Call):
        return _called(node) in SCHEMA | LOCKS
    return isinstance(node, ast.Assert)


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).split(".")[-1]


def _words(parent: ast.AST, node: ast.AST, changed: ast.AST) -> str:
    """What became of it; a number or a name alone would say little."""
    if isinstance(node, ast.Call) and isinstance(changed, ast.Call) and node.args != changed.args:
        kept = [ast.dump(one) for one in changed.args]
        [gone] = [one for one in node.args if ast.dump(one) not in kept]
        return f"where without {_text(gone)}"
    words = f"{_text(node)} → {_text(changed)}"
    is_small = isinstance(node, ast.Constant | ast.Name)
    return f"{words} in {_text(parent)}" if is_small else words


def _is_swapped(test: ast.AST) -> bool:
    """Its own swaps negate it already."""
    return isinstance(test, ast.Compare | ast.UnaryOp) and any(_changes(test))


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:100]


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    yield from _other_operators(node)
    yield from _other_values(node)
    yield from _other_steps(node)


def _other_values(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(value=bool(flag)):
            yield ast.Constant(not flag)
        case ast.Constant(value=int(number)):
            yield ast.Constant(number + 1)
            yield ast.Constant(number - 1)
        case ast.Name(id=name) if name in NAMES:
            yield _with(node, id=NAMES[name])
        case ast.Attribute(attr=name) if name in NAMES:
            yield _with(node, attr=NAMES[name])
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand


def _other_steps(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.IfExp() | ast.If() if not _is_swapped(node.test):
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.Return(value=value) if value and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Continue():
            yield ast.Pass()
        case ast.Call(args=[_, _, *_]) if _called(node) == "where":
            for place in range(len(node.args)):
                yield _with(node, args=node.args[:place] + node.args[place + 1 :])


def _other_operators(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in SWAPS[type(op)]:
                yield _with(node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        for other in SWAPS.get(type(node.op), ()):
            yield _with(node, op=other())


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = deepcopy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed
