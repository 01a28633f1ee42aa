"""Run by a peer's own Python: zen-engine evaluates decision graphs for given inputs."""

import importlib
import json
import sys
from pathlib import Path


def main(asked: str, answered: str) -> None:
    """Read [[graph, [input ...]] ...] and write [[{"is": result} or {"error": words} ...] ...]."""
    engine = importlib.import_module("zen").ZenEngine()
    told = []
    for graph, inputs in json.loads(Path(asked).read_text(encoding="utf-8")):
        decision = engine.create_decision(graph)
        told.append([answer(decision, one) for one in inputs])
    Path(answered).write_text(json.dumps(told), encoding="utf-8")


def answer(decision: object, given: object) -> dict[str, object]:
    """What it gives, or how it fails; the peer raises errors of its own classes."""
    try:
        return {"is": decision.evaluate(given)["result"]}  # type: ignore[attr-defined]  # A peer's.
    except (RuntimeError, ValueError) as error:
        return {"error": str(error)[:200]}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
