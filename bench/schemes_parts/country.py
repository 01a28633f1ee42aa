"""OpenFisca's invented country as our clauses: its own cases must come out as it answers them.

The rules are written anew in ``country.yaml``; the cases are read from the installed package when
the bench runs, and never kept here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeAlias

from haihe.decide.feel import Evaluator, parse
from haihe.decide.feel.kinds import Kinds
from haihe.decide.scheme import gather, match, read_library, write_book
from haihe.decide.scheme.clause import (
    Age,
    Benefit,
    Bound,
    Condition,
    Fixed,
    Part,
    Scheme,
    Status,
    Step,
    Version,
)
from haihe.decide.scheme.quantity import parse_day, parse_share
from haihe.decide.scheme.reading import Library
from haihe.model.text import Text

Json: TypeAlias = "str | list[Json] | dict[str, Json]"
RULES: Final = Path(__file__).with_name("country.yaml")
BORN: Final = "1970-01-01"  # Whom no case says anything of.
YEAR_LENGTH: Final = 4  # Characters of a period that is a whole year.
FEN: Final = 100
# Reforms that change our clauses; the third only declares a field, which has no rule to compare.
REFORMED: Final = "modify_social_security_taxation"
UNIT: Final = Benefit(amount=Part(Fixed(1)))  # Any sum: only whether it is given counts.
WITHOUT_RULE: Final = "goes_to_school"


@dataclass(frozen=True, slots=True)
class Told:
    """A case, and whether each of its values came out."""

    name: str
    right: bool
    words: str


def read_rules() -> Library:
    """Our clauses.

    Raises ValueError if they cannot be read.
    """
    library = read_library({RULES.name: RULES.read_text(encoding="utf-8")})
    if library.problems:
        raise ValueError(f"{library.problems[0]}")
    return library


def answer_cases(cases: list[dict[str, Json]]) -> Iterator[Told]:
    """Each case that has a rule."""
    library = read_rules()
    for case in cases:
        wanted = case["output"]
        assert isinstance(wanted, dict)
        if WITHOUT_RULE in wanted:
            continue
        margin = Decimal(str(case.get("absolute_error_margin", "0"))) or Decimal("0.005")
        wrong = []
        for label, at, right in _outputs(wanted, str(case["period"])):
            found = _Household(library, case, at).answer(label)
            if abs(found - right) > margin:
                wrong.append(f"{label} on {at}: {found}, not {right}")
        yield Told(str(case["name"]), not wrong, "; ".join(wrong))


def _outputs(wanted: Mapping[str, Json], period: str) -> Iterator[tuple[str, str, Decimal]]:
    """What is asked: of whom and what ("who/what"), when, and what it must be."""
    for name, told in wanted.items():
        if name == "persons" and isinstance(told, dict):
            for who, inner in told.items():
                assert isinstance(inner, dict)
                yield from ((f"{who}/{what}", at, r) for what, at, r in _outputs(inner, period))
        elif name == "household" and isinstance(told, dict):
            yield from _outputs(told, period)
        elif isinstance(told, dict):
            yield from ((name, str(at), _number(one)) for at, one in told.items() if _is_plain(one))
        elif isinstance(told, list):
            yield from ((f"{name}#{at}", period, _number(one)) for at, one in enumerate(told))
        else:
            yield name, period, _number(told)


def _is_plain(told: Json) -> bool:
    """Whether it is a number; a status is an input that the case repeats."""
    return isinstance(told, str) and not told.isidentifier()


def _number(told: Json) -> Decimal:
    found = Evaluator(Kinds()).value(parse(str(told)), {})
    assert isinstance(found, Decimal)
    return found


class _Household:
    """What a case says of one household at one time, asked of our clauses."""

    def __init__(self, library: Library, case: Mapping[str, Json], *period: str) -> None:
        self.at = period[0]
        self.day = parse_day(f"{self.at}-01" if len(self.at) > YEAR_LENGTH else f"{self.at}-01-01")
        self.library = library
        self.reform = str(case.get("reforms", ""))
        given = case.get("input", {})
        assert isinstance(given, dict)
        persons = given.get("persons")
        home = given.get("household")
        self.home: Mapping[str, Json] = home if isinstance(home, dict) else given
        self.persons: Mapping[str, Json] = persons if isinstance(persons, dict) else {"": given}
        changed = case.get("parameters")
        self.part = "" if changed is None else _first_value(changed)

    def answer(self, label: str) -> Decimal:
        """The value of "who/what" or "what" or "what#place"."""
        who, _, what = label.rpartition("/")
        what, _, place = what.partition("#")
        if what == "disposable_income":
            return self._disposable()
        if what == "age":
            return self._age(self.persons[who])
        if place:
            incomes = self.home["household_income"]
            assert isinstance(incomes, list)
            return self._award(what, {"income": f"{incomes[int(place)]}元"})
        member = self.persons.get(who, next(iter(self.persons.values())))
        return self._award(what, {**self._of_home(), **self._of_person(member)})

    def _disposable(self) -> Decimal:
        home = self._of_home()
        total = self._award("housing_allowance", home) + self._award("parenting_allowance", home)
        total -= self._award("housing_tax", home) / 12
        for member in self.persons.values():
            facts = {**home, **self._of_person(member)}
            total += Decimal(facts["salary"].removesuffix("元"))
            total += self._award("basic_income", facts)
            for due in ("income_tax", "social_security_contribution"):
                total -= self._award(due, facts)
        return total

    def _award(self, name: str, facts: Mapping[str, str]) -> Decimal:
        """What the scheme of that name gives, in the country's money; 0 if nothing."""
        wanted = f"{name}_reformed" if REFORMED in self.reform else name
        scheme = next(one for one in self.library.schemes if one.name == wanted)
        if self.part and name == "housing_allowance":
            scheme = _with_part(scheme, self.part)
        return self._asked(scheme, facts)

    def _asked(self, scheme: Scheme, facts: Mapping[str, str]) -> Decimal:
        book = write_book((scheme,), self.library.schema, day=self.day)
        (hits,) = match(book, gather(self.library.schema, [dict(facts)]))
        return Decimal(int(hits.amounts[0])) / FEN if len(hits.eligible) else Decimal(0)

    def _age(self, member: Json) -> Decimal:
        """The age for which a clause that asks for exactly it holds."""
        facts = self._of_person(member)
        for years in range(150):
            need = Age("birth", low=Bound(years), high=Bound(years))
            text = Text(zh="年龄", en="age")
            asked = (Condition("age", text, need),)
            version = Version(self.day, None, Status.FINAL, (), asked, UNIT)
            if self._asked(Scheme("age", text, text, (version,)), facts):
                return Decimal(years)
        return Decimal(-1)

    def _of_home(self) -> dict[str, str]:
        born = [self._of_person(one)["birth"] for one in self.persons.values()]
        salaries = [self._of_person(one)["salary"] for one in self.persons.values()]
        adults = self.home.get("adults", [""])
        return {
            "rent": f"{self._now(self.home, 'rent', otherwise='0')}元",
            "size": self._now(self.home, "accommodation_size", otherwise="0"),
            "occupancy": self._now(self.home, "housing_occupancy_status", otherwise="tenant"),
            "adults": str(len(adults)),
            "youngest": max(one for one in born if parse_day(one) <= self.day),
            "income": f"{sum(Decimal(one.removesuffix('元')) for one in salaries)}元",
        }

    def _of_person(self, member: Json) -> dict[str, str]:
        assert isinstance(member, dict)
        age = self._now(member, "age", otherwise="")
        birth = self._now(member, "birth", otherwise=BORN)
        if age:
            birth = f"{int(self.at[:4]) - int(age)}{self.at[4:7]}-01"
        salary = self._now(member, "salary", otherwise="0")
        car = self._now(member, "has_car", otherwise="false")
        return {"birth": birth, "salary": f"{salary}元", "car": car}

    def _now(self, told: Mapping[str, Json], name: str, *, otherwise: str) -> str:
        """A value at the time asked about; years hold for their months."""
        found = told.get(name, otherwise)
        if isinstance(found, dict):
            near = (found[at] for at in (self.at, self.at[:4], f"{self.at[:4]}-01") if at in found)
            found = next(near, otherwise)
        return str(found)


def _with_part(scheme: Scheme, part: str) -> Scheme:
    """The housing allowance with another share of the rent."""
    share = parse_share(f"{Decimal(part) * 100}%")
    version = scheme.versions[0]
    first = version.parameters[0]
    changed = replace(first, steps=(Step(first.steps[0].begins, share),))
    return replace(scheme, versions=(replace(version, parameters=(changed,)),))


def _first_value(told: Json) -> str:
    while isinstance(told, dict):
        told = next(iter(told.values()))
    return str(told)
