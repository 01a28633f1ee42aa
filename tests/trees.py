"""Parts of parsed sources; each tree is walked once, however many rules look at it."""

import ast
from collections.abc import Iterator
from functools import cache
from typing import Final, TypeAlias, TypeVar

Node = TypeVar("Node", bound=ast.AST)
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def walked(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every node of a tree, itself included, as ``ast.walk`` gives them."""
    return tuple(ast.walk(tree))


def find(tree: ast.AST, kind: type[Node]) -> Iterator[Node]:
    return (node for node in walked(tree) if isinstance(node, kind))


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in walked(tree) if isinstance(node, FUNCTIONS))
