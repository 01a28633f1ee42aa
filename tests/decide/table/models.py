"""Small decision models written out as DMN, for the tests."""

from html import escape

HEAD = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="urn:m">'
)


def model(*parts: str) -> str:
    return HEAD + "".join(parts) + "</definitions>"


def given(name: str, kind: str = "number") -> str:
    return (
        f'<inputData id="i-{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/>'
        "</inputData>"
    )


def literal(name: str, text: str, *needs: str) -> str:
    body = f"<literalExpression><text>{escape(text)}</text></literalExpression>"
    return decision(name, body, *needs)


def decision(name: str, body: str, *needs: str) -> str:
    links = ""
    for one in needs:
        tag = "requiredInput" if one.startswith("i-") else "requiredDecision"
        links += f'<informationRequirement><{tag} href="#{one}"/></informationRequirement>'
    return (
        f'<decision id="d-{name}" name="{name}"><variable name="{name}"/>{links}{body}</decision>'
    )


def table(
    policy: str, inputs: list[str], outputs: list[str], *rules: list[str], orders: str = ""
) -> str:
    """A table; policy such as "U" or "C+"; a rule is its cells."""
    names = {"U": "UNIQUE", "A": "ANY", "P": "PRIORITY", "F": "FIRST", "R": "RULE ORDER",
             "O": "OUTPUT ORDER", "C": "COLLECT"}  # fmt: skip
    signs = {"": "", "+": "SUM", "<": "MIN", ">": "MAX", "#": "COUNT"}
    sign = signs[policy[1:]]
    aggregation = f' aggregation="{sign}"' if sign else ""
    text = f'<decisionTable hitPolicy="{names[policy[0]]}"{aggregation}>'
    for one in inputs:
        text += f"<input><inputExpression><text>{escape(one)}</text></inputExpression></input>"
    for one in outputs:
        values = f"<outputValues><text>{escape(orders)}</text></outputValues>" if orders else ""
        text += f'<output name="{one}">{values}</output>'
    for at, rule in enumerate(rules):
        text += f'<rule id="r{at + 1}">'
        for cell in rule[: len(inputs)]:
            text += f"<inputEntry><text>{escape(cell)}</text></inputEntry>"
        for cell in rule[len(inputs) :]:
            text += f"<outputEntry><text>{escape(cell)}</text></outputEntry>"
        text += "</rule>"
    return text + "</decisionTable>"
