"""JDM as the file has it."""

import msgspec


class RawNode(msgspec.Struct, frozen=True):
    """A node as the file has it."""

    id: str
    type: str
    name: str = ""
    content: msgspec.Raw = msgspec.Raw(b"null")


class RawEdge(msgspec.Struct, frozen=True, rename="camel"):
    """An edge as the file has it."""

    source_id: str
    target_id: str
    source_handle: str | None = None


class RawGraph(msgspec.Struct, frozen=True):
    """A graph as the file has it."""

    nodes: list[RawNode]
    edges: list[RawEdge]


class RawTransform(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How a node takes its input and gives its output, as the file has it."""

    input_field: str | None = None
    output_path: str | None = None
    execution_mode: str = "single"
    pass_through: bool = False


class RawColumn(msgspec.Struct, frozen=True):
    """A column of a table as the file has it."""

    id: str
    field: str | None = None
    name: str = ""


class RawTable(RawTransform, frozen=True, rename="camel", kw_only=True):
    """A table as the file has it."""

    hit_policy: str = "first"
    inputs: list[RawColumn] = []
    outputs: list[RawColumn] = []
    rules: list[dict[str, object]] = []


class RawPair(msgspec.Struct, frozen=True):
    """An expression with its name as the file has it."""

    key: str = ""
    value: str = ""


class RawExpressions(RawTransform, frozen=True, rename="camel", kw_only=True):
    """An expression node as the file has it."""

    expressions: list[RawPair] = []


class RawStatement(msgspec.Struct, frozen=True):
    """A way out of a switch as the file has it."""

    id: str
    condition: str = ""


class RawSwitch(msgspec.Struct, frozen=True, rename="camel"):
    """A switch as the file has it."""

    hit_policy: str = "first"
    statements: list[RawStatement] = []


class RawSub(RawTransform, frozen=True, rename="camel", kw_only=True):
    """A decision node as the file has it."""

    key: str


class RawEdgeNode(msgspec.Struct, frozen=True):
    """An input or output node as the file has it."""

    schema: object = None
