"""Run by a peer's own Python: OpenFisca-Core calculates every scheme for every enterprise."""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

PERIOD = "2026-06"


def main(data: str, rules: str) -> None:
    """Print CPU seconds and how many pairs are eligible."""
    entities = importlib.import_module("openfisca_core.entities")
    periods = importlib.import_module("openfisca_core.periods")
    system_of = importlib.import_module("openfisca_core.taxbenefitsystems").TaxBenefitSystem
    builder_of = importlib.import_module("openfisca_core.simulations").SimulationBuilder
    base = importlib.import_module("openfisca_core.variables").Variable
    firm = entities.Entity("firm", "firms", "", "")
    system = system_of([firm])
    columns = np.load(data)
    plain = {"value_type": int, "entity": firm, "definition_period": periods.MONTH}
    for name in columns.files:
        system.add_variable(type(name, (base,), {**plain, "value_type": float}))
    told = json.loads(Path(rules).read_text())
    for at, rule in enumerate(told):
        body = {**plain, "value_type": float, "formula": formula_of(rule)}
        system.add_variable(type(f"scheme_{at}", (base,), body))
    simulation = builder_of().build_default_simulation(system, count=len(columns["staff"]))
    for name in columns.files:
        simulation.set_input(name, PERIOD, columns[name].astype(np.float64))
    began, pairs = time.process_time(), 0
    for at in range(len(told)):
        pairs += int(np.count_nonzero(simulation.calculate(f"scheme_{at}", PERIOD) >= 0))
    sys.stdout.write(f"{time.process_time() - began} {pairs}\n")


def formula_of(rule: Any) -> Any:  # A peer's own shape.
    """A formula as its users write it: vectors, compared and multiplied; -1 where not eligible."""

    def formula(firm: Any, period: Any) -> Any:
        holds: Any = True
        for need in rule["needs"]:
            if isinstance(need[0], list):
                any_of: Any = False
                for name, word in need:
                    any_of = any_of | (firm(name, period) == word)
                holds = holds & any_of
            else:
                name, low, high = need
                column = firm(name, period)
                holds = holds & (column >= low)
                if high < 2**60:
                    holds = holds & (column <= high)
        base = firm(rule["of"], period)
        amount = np.minimum(base * rule["rate"], rule["cap"])
        return np.where(holds & (base >= 0), amount, -1)

    return formula


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
