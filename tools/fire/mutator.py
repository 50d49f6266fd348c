"""Mutants of a module: one small change in one function each, as code that takes the place of the function's own.

Changed are comparisons, `and` and `or`, conditions, numbers, truth values, returned values, sums, and statements that are left
out. Texts and what stands at module level stay as they are.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_SUMS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_ANNOTATIONS = ast.parse("from __future__ import annotations").body[0]
Change = tuple[str, Callable[[Any], Any]]
"""What is changed, and a function that changes the copy of a node and gives what stands there then."""


@dataclass(frozen=True)
class Mutant:
    """One change.

    :param module: the dotted name of its module.
    :param function: the qualified name of the function.
    :param text: the line of the source, without its indent; lines move, so the number of the line is no part of the key.
    :param lines: the lines of the statement, or of the head of a compound statement; a test that runs none of them cannot
        tell the mutant from the code.
    :param what: the change.
    """

    module: str
    function: str
    text: str
    lines: range
    what: str
    code: CodeType

    @property
    def key(self) -> str:
        """Its name, the same until the line of the source changes."""
        return f"{self.module.rpartition('.')[2]} / {self.function} / {self.text} / {self.what}"

    def put_in_place(self) -> None:
        """Change the function in this process, wherever it was imported."""
        found: Any = importlib.import_module(self.module)
        for name in self.function.split("."):
            found = inspect.getattr_static(found, name)
        function_of(found).__code__ = self.code


def function_of(found: Any) -> FunctionType:
    """The function behind a property, a class method, or a decorator that says what it wraps."""
    if isinstance(found, property):
        found = found.fget
    found = inspect.unwrap(getattr(found, "__func__", found))
    assert isinstance(found, FunctionType)
    return found


def mutants(module_name: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    module = importlib.import_module(module_name)
    assert module.__file__
    source = Path(module.__file__).read_text()
    tree, source_lines = ast.parse(source), source.splitlines()
    seen: dict[str, int] = {}
    made = []
    for qualified, path in _functions(tree):
        if not _can_change(module, qualified):
            continue
        function = _at(tree, path)
        places = dict(_places(function))
        for node_number, node in enumerate(ast.walk(function)):
            for what, change in _changes(node) if node in places else ():
                code = _compiled(tree, path, node_number, change, module.__file__, qualified)
                text = source_lines[getattr(node, "lineno", 1) - 1].strip()
                key = f"{qualified} {text} {what}"
                seen[key] = seen.get(key, 0) + 1
                again = f" ({seen[key]})" if seen[key] > 1 else ""
                made.append(Mutant(module_name, qualified, text, places[node], what + again, code))
    return made


def _places(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, range]]:
    """The nodes of a body, each with the lines of its statement; defaults and decorators are no code of the function."""
    todo: list[tuple[ast.AST, range]] = [(node, range(0)) for node in function.body]
    while todo:
        node, lines = todo.pop()
        if isinstance(node, ast.stmt):
            inner = getattr(node, "body", None)
            last = max(node.lineno, inner[0].lineno - 1) if inner else node.end_lineno or node.lineno
            lines = range(node.lineno, last + 1)
        yield node, lines
        # Annotations are never evaluated.
        ignored = (getattr(node, "annotation", None), getattr(node, "returns", None))
        todo += [(child, lines) for child in ast.iter_child_nodes(node) if child not in ignored]


def _functions(tree: ast.Module) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The functions of a module and of its classes: qualified name, and the way to them by positions in bodies."""
    for number, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef):
            yield node.name, (number,)
        if isinstance(node, ast.ClassDef):
            for inner_number, inner in enumerate(node.body):
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", (number, inner_number)


def _can_change(module: ModuleType, qualified: str) -> bool:
    found: Any = module
    try:
        for name in qualified.split("."):
            found = inspect.getattr_static(found, name)
        function_of(found)
    except (AttributeError, AssertionError):
        return False
    return True


def _at(tree: ast.Module, path: tuple[int, ...]) -> ast.FunctionDef:
    node: Any = tree
    for number in path:
        node = node.body[number]
    assert isinstance(node, ast.FunctionDef)
    return node


def _changes(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for number, kind in enumerate(type(op) for op in node.ops):
            if kind in _COMPARISONS:
                yield f"{kind.__name__} is {_COMPARISONS[kind].__name__}", _comparison(number)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} is {other.__name__}", lambda n: ast.BoolOp(other(), n.values)
    elif isinstance(node, (ast.If, ast.While, ast.IfExp)):
        yield "condition is negated", _negated
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not is left out", lambda n: n.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value} is {not node.value}", lambda n: ast.Constant(not n.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield f"{node.value} is {node.value + 1}", lambda n: ast.Constant(n.value + 1)
    elif isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
        other_op = _SUMS[type(node.op)]
        yield f"{type(node.op).__name__} is {other_op.__name__}", lambda n: ast.BinOp(n.left, other_op(), n.right)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "returns None", lambda n: ast.Return(ast.Constant(None))
    elif isinstance(node, (ast.Raise, ast.AugAssign)) or (
        isinstance(node, ast.Expr) and not isinstance(node.value, (ast.Constant, ast.Yield, ast.YieldFrom))
    ):
        yield f"{type(node).__name__} is left out", lambda n: ast.Pass()
    elif isinstance(node, ast.Continue):
        yield "continue is break", lambda n: ast.Break()


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _comparison(number: int) -> Callable[[Any], Any]:
    def change(node: ast.Compare) -> ast.Compare:
        ops = [_COMPARISONS[type(op)]() if place == number else op for place, op in enumerate(node.ops)]
        return ast.Compare(node.left, ops, node.comparators)

    return change


def _negated(node: Any) -> Any:
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return node


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, new: ast.AST) -> None:
        self._target, self._new = target, new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._target else self.generic_visit(node)


def _compiled(
    tree: ast.Module, path: tuple[int, ...], number: int, change: Callable[[Any], Any], file: str, qualified: str
) -> CodeType:
    """The code of a function with one node changed."""
    function = copy.deepcopy(_at(tree, path))
    target = list(ast.walk(function))[number]
    new = ast.copy_location(change(target), target)
    if new is not target:
        _Replace(target, new).visit(function)
    body: list[ast.stmt] = [function]
    if len(path) > 1:
        body = [ast.ClassDef(name=qualified.split(".")[0], bases=[], keywords=[], body=body, decorator_list=[])]
    alone = ast.fix_missing_locations(ast.Module([_ANNOTATIONS, *body], type_ignores=[]))
    code: Any = compile(alone, file, "exec", dont_inherit=True)
    for name in qualified.split("."):
        code = [const for const in code.co_consts if isinstance(const, CodeType) and const.co_name == name][-1]
    assert isinstance(code, CodeType)
    return code
