"""Run by a peer's own Python: zen-engine evaluates a table of all schemes, for some enterprises."""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

SAMPLE = 300  # Enterprises; the time is scaled to all, since each is an evaluation of its own.


def main(data: str, rules: str) -> None:
    """Print CPU seconds for all enterprises and how many pairs are eligible, both scaled."""
    zen = importlib.import_module("zen")
    columns = np.load(data)
    told = json.loads(Path(rules).read_text())
    decision = zen.ZenEngine().create_decision(json.dumps(graph_of(told)))
    lists = {name: columns[name][:SAMPLE].tolist() for name in columns.files}
    rows = [{name: column[at] for name, column in lists.items()} for at in range(SAMPLE)]
    decision.evaluate(rows[0])
    began, pairs = time.process_time(), 0
    for one in rows:
        pairs += len(decision.evaluate(one)["result"])
    scale = len(columns["staff"]) / SAMPLE
    sys.stdout.write(f"{(time.process_time() - began) * scale} {int(pairs * scale)}\n")


def graph_of(rules: Any) -> Any:  # A peer's own shape.
    """One decision table that collects every scheme that applies."""
    lines = []
    for at, rule in enumerate(rules):
        needs = [f"{rule['of']} >= 0"]
        for need in rule["needs"]:
            if isinstance(need[0], list):
                needs.append("(" + " or ".join(f"{name} == {word}" for name, word in need) + ")")
            else:
                name, low, high = need
                needs.append(
                    f"{name} >= {low}" + (f" and {name} <= {high}" if high < 2**60 else "")
                )
        amount = f"min([{rule['of']} * {rule['rate']}, {rule['cap']}])"
        lines.append({"_id": f"r{at}", "if": " and ".join(needs), "scheme": str(at), "fen": amount})
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "if", "name": "if", "type": "expression"}],
        "outputs": [
            {"id": name, "name": name, "field": name, "type": "expression"}
            for name in ("scheme", "fen")
        ],
        "rules": lines,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table,
         "position": {"x": 1, "y": 0}},
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
    ]  # fmt: skip
    edges = [
        {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    return {"nodes": nodes, "edges": edges}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
