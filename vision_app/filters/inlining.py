"""From the source of an operation to plain statements with the values set.

An operation is written as a function of its values that returns the function of a picture:

    def make(size: int) -> Apply:
        element = ...                     # once: the setup

        def apply(image: Mat) -> Mat:     # for each picture: the body
            image = ...
            return image

        return apply

What runs is that function; what is shown is its source with the values put in, the branches that they rule out
left away, and constants in their places. So there is no second version that could differ. The form asks that
`apply` has one `return`, at its end, and that no value is assigned to. Functions of this package that are called
come along; those that read pictures become `cv2.imread`.
"""

from __future__ import annotations

import ast
import copy
import inspect
import operator
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vision_app.filters.held import read_picture, read_template
from vision_app.filters.parameters import Value
from vision_app.messages import Message

_READERS = (read_picture, read_template)
_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


@dataclass(slots=True)
class Inlined:
    """An operation as plain statements.

    Attributes:
        setup: once, before the first picture.
        body: for each picture, from `image` to `image`.
        functions: what both call, in the order in which they have to be defined.
    """

    setup: list[ast.stmt]
    body: list[ast.stmt]
    functions: dict[str, ast.FunctionDef]


def inlined(make: Callable[..., Any], values: Mapping[str, Value], ndim: int) -> Inlined:
    """The statements of an operation for these values.

    Args:
        make: what makes the function of a picture.
        values: a value for each of its arguments.
        ndim: 2 for grey pictures, 3 for colour.
    """
    outer = copy.deepcopy(_definition(make))
    inner = next(node for node in outer.body if isinstance(node, ast.FunctionDef))
    setup = [node for node in outer.body if not isinstance(node, ast.FunctionDef | ast.Return)]
    folded = _Folder(values, names=make.__globals__)
    setup = folded.block(_without_docstring(setup))
    folded = _Folder(values, ndim)
    body = folded.block(_without_docstring(inner.body))
    body = _plain_end(body)
    setup, body = _constants_in_place(setup, body)
    functions: dict[str, ast.FunctionDef] = {}
    setup = [_resolved(node, make.__globals__, functions) for node in setup]
    body = [_resolved(node, make.__globals__, functions) for node in body]
    return Inlined(setup, body, functions)


def assigned(nodes: list[ast.stmt]) -> set[str]:
    """The names that statements assign to."""
    return {
        node.id
        for statement in nodes
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def renamed(nodes: list[ast.stmt], names: Mapping[str, str]) -> list[ast.stmt]:
    """The statements with other names for some variables."""
    for statement in nodes:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                node.id = names.get(node.id, node.id)
            elif isinstance(node, ast.arg):
                node.arg = names.get(node.arg, node.arg)
    return nodes


@lru_cache(maxsize=256)
def _definition(function: Callable[..., Any]) -> ast.FunctionDef:
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    says = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if says else body


def _plain_end(body: list[ast.stmt]) -> list[ast.stmt]:
    """`return x` as `image = x`."""
    end = body[-1]
    assert isinstance(end, ast.Return), Message("the picture is returned at the end, and only there")
    assert end.value is not None
    if isinstance(end.value, ast.Name) and end.value.id == "image":
        return body[:-1]
    target = ast.Name("image", ast.Store())
    return [*body[:-1], ast.copy_location(ast.Assign([target], end.value), end)]


class _Folder(ast.NodeTransformer):
    """Puts values in and works out what follows from them."""

    def __init__(
        self, values: Mapping[str, Value], ndim: int | None = None, names: Mapping[str, Any] | None = None
    ) -> None:
        self._values, self._ndim, self._names = values, ndim, names or {}

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Statements, folded."""
        folded: list[ast.stmt] = []
        for statement in body:
            made = self.visit(statement)
            kept = made if isinstance(made, list) else [] if made is None else [made]
            folded += kept
            if "image" in assigned(kept):
                self._ndim = None  # from here on it is another picture
        return folded

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        """All variables are in one place."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | None:
        """Types are not shown."""
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A value in the place of its name."""
        if isinstance(node.ctx, ast.Load) and node.id in self._values:
            return ast.parse(repr(self._values[node.id]), mode="eval").body
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """`image.ndim` is known as long as it is the picture that came in."""
        self.generic_visit(node)
        of_image = isinstance(node.value, ast.Name) and node.value.id == "image"
        return ast.Constant(self._ndim) if of_image and node.attr == "ndim" and self._ndim else node

    def visit_If(self, node: ast.If) -> list[ast.stmt] | ast.stmt:
        """The branch that is taken."""
        node.test = self.visit(node.test)
        ndim = self._ndim
        if isinstance(node.test, ast.Constant):
            return self.block(node.body if node.test.value else node.orelse)
        node.body = self.block(node.body)
        after, self._ndim = self._ndim, ndim
        node.orelse = self.block(node.orelse)
        self._ndim = self._ndim and after
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """The side that is taken."""
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Numbers are worked out."""
        self.generic_visit(node)
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            return _number(_OPERATORS[type(node.op)](node.left.value, node.right.value))
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """Numbers and truths are worked out."""
        self.generic_visit(node)
        return (
            _number(_OPERATORS[type(node.op)](node.operand.value))
            if isinstance(node.operand, ast.Constant)
            else node
        )

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Comparisons of what is known are worked out."""
        self.generic_visit(node)
        if len(node.ops) != 1:
            return node
        left, right, how = node.left, node.comparators[0], node.ops[0]
        if isinstance(how, ast.Is | ast.IsNot) and isinstance(right, ast.Constant):
            if isinstance(left, ast.Constant):
                return ast.Constant((left.value is right.value) == isinstance(how, ast.Is))
            if _is_name_of_cv2(left):
                return ast.Constant(isinstance(how, ast.IsNot))
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
            return ast.Constant(_OPERATORS[type(how)](left.value, right.value))
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """`getattr` of a known name."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "getattr":
            owner, name = node.args
            if isinstance(name, ast.Constant):
                return ast.Attribute(owner, str(name.value), ast.Load())
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """An entry of a table: one that is written out, or one of the module."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Constant):
            table = self._names.get(node.value.id)
            if isinstance(table, Mapping):
                return _number(table[node.slice.value])
        if isinstance(node.value, ast.Dict) and isinstance(node.slice, ast.Constant):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == node.slice.value:
                    return value
        return node


def _number(value: Any) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


def _is_name_of_cv2(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id == "cv2"


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return _is_name_of_cv2(node)
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
    )


def _constants_in_place(setup: list[ast.stmt], body: list[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Names that stand for one constant are left away, and what follows from them is worked out."""
    counts: dict[str, int] = {}
    for statement in (*setup, *body):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                counts[node.id] = counts.get(node.id, 0) + 1
    known: dict[str, ast.expr] = {}
    kept: list[ast.stmt] = []
    for statement in setup:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if _is_plain(statement.value) and counts[name] == 1:
                known[name] = statement.value
                continue
        kept.append(statement)
    placed = _Placer(known)
    folder = _Folder({})
    kept = folder.block([placed.visit(node) for node in kept])
    return kept, _Folder({}).block([placed.visit(node) for node in body])


class _Placer(ast.NodeTransformer):
    def __init__(self, known: Mapping[str, ast.expr]) -> None:
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        loads = isinstance(node.ctx, ast.Load) and node.id in self._known
        return copy.deepcopy(self._known[node.id]) if loads else node


def _resolved(node: ast.stmt, names: Mapping[str, Any], functions: dict[str, ast.FunctionDef]) -> ast.stmt:
    """The statement, with the functions of this package that it calls added to `functions`."""
    for part in ast.walk(node):
        if not isinstance(part, ast.Name) or not isinstance(part.ctx, ast.Load):
            continue
        found = names.get(part.id)
        if found in _READERS:
            part.id = "cv2.imread"
        elif inspect.isfunction(found) and found.__module__.startswith("vision_app."):
            _add_function(found, functions)
    return node


def _add_function(function: Any, functions: dict[str, ast.FunctionDef]) -> None:
    if function.__name__ in functions:
        return
    node = copy.deepcopy(_definition(function))
    node.returns = None
    for argument in node.args.args:
        argument.annotation = None
    node.body = [_resolved(part, function.__globals__, functions) for part in _without_docstring(node.body)]
    functions[function.__name__] = node
