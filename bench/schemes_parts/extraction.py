"""Clauses found in labelled policy texts: F1 and fields, beside a naive regex and jionlp.

A prediction matches a label when they overlap and are of one kind, one to one; a field is right
when it is equal. The labelled quotations were looked at while the grammar was written, so their own
figure is not on unseen text. Leaving a document out strikes every word that only it has out of the
lexicon, as if nobody had read it: a lower bound, for general words go as well.
"""

import json
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.rows import Figure, Options, Row, row
from bench.schemes_parts.naive import naive
from haihe.decide.extract.document import Document, make_document
from haihe.decide.extract.extract import extract
from haihe.decide.extract.lexicon import LEXICON, Lexicon
from haihe.decide.extract.rows import Field, fields
from haihe.feed.document.letters import letters_of

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = ROOT.parent / "shared" / "data"
FILE: Final = "enterprise/public_policy_clauses.jsonl"
OWN: Final = Path(__file__).with_name("own_clauses.jsonl")
PYTHON: Final = ROOT / ".haihe" / "peers" / "bin" / "python"
WORKER: Final = Path(__file__).with_name("jionlp_worker.py")
SECONDS_MAX: Final = 300  # Ours: jionlp takes some seconds.
GOAL: Final = 0.95  # Of the issue, for F1 and for fields.
REPEAT: Final = 40  # Ours: so that the speed is measured over a second.
# What a label may say in its own words; counted among "said" only where the text has them.
WORDED: Final = frozenset({"beneficiary", "actor", "outcome", "base", "cap_scope", "after", "note"})

Fields = Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled clause: where it stands in its text, and what it says."""

    start: int
    end: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled text.

    source: the document it is from.
    """

    document: Document
    labels: tuple[Label, ...]
    source: str


Reader = Callable[[Document], list[Label]]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one kind, or of all.

    hit, missed, extra: clauses.
    right, asked: fields; said_right, said: of them those that the text itself says.
    """

    hit: int = 0
    missed: int = 0
    extra: int = 0
    right: int = 0
    asked: int = 0
    said_right: int = 0
    said: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        names = self.__slots__
        return Tally(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 of nothing."""
        whole = 2 * self.hit + self.missed + self.extra
        return 2 * self.hit / whole if whole else 1.0

    @property
    def accuracy(self) -> float:
        """The share of all labelled fields that are equal; those of missed clauses are not."""
        return self.right / self.asked if self.asked else 1.0

    @property
    def said_accuracy(self) -> float:
        """The same of fields that the text itself says."""
        return self.said_right / self.said if self.said else 1.0


def measure(options: Options) -> list[Row]:
    """The rows of extraction; none, with the reason, where the labelled texts are absent."""
    folder = SHARED if options.data is None else options.data
    path = folder / FILE if (folder / FILE).is_file() else folder / Path(FILE).name
    rows = _rows("own sentences", read_own(OWN), options=options)
    if not path.is_file():
        options.skip("extraction", f"no {FILE} in {folder}; give its folder with --data")
        return rows
    samples = read_samples(path)
    case = f"{len(samples)} labelled clauses"
    rows += _rows(case, samples, options=options, by_kind=True)
    rows += _left_out(case, samples)
    rows += _amounts(case, samples, options=options)
    return rows


def read_samples(path: Path) -> list[Sample]:
    """Quotations that are each one clause, as the shared data keeps them."""
    told = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [
        _sample(one["text"], [(0, len(one["text"]), one["fields"])], source=one["source"])
        for one in told
    ]


def read_own(path: Path) -> list[Sample]:
    """Texts with several clauses: each labelled by how it begins and what it says."""
    samples = []
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        text, spots = told["text"], []
        for one in told["clauses"]:
            at = text.index(one["begins"])
            spots.append((at, at + len(one["begins"]), one["fields"]))
        samples.append(_sample(text, spots, source="own"))
    return samples


def _sample(text: str, spots: Sequence[tuple[int, int, Fields]], *, source: str) -> Sample:
    document = make_document(text, name=source, letters=letters_of(text))
    return Sample(document, tuple(Label(*spot) for spot in spots), source)


def grammar(lexicon: Lexicon = LEXICON) -> Reader:
    """Our own reader with some lexicon."""

    def read(document: Document) -> list[Label]:
        told = extract(document, lexicon).clauses
        return [Label(one.start, one.end, _named(fields(document, one))) for one in told]

    return read


def _named(told: Mapping[str, Field]) -> Fields:
    """With the third party's own two fields: the lowest and the highest sum an award names."""
    listed = told.get("amounts")
    sums = [told.get(name) for name in ("amount", "amount_to", "cap")] + _several(told)
    sums += listed if isinstance(listed, list) else []
    numbers = [one for one in sums if isinstance(one, int | float)]
    low, high = (min(numbers), max(numbers)) if numbers else (None, None)
    return {**told, "label_low": low, "label_high": high}


def _several(told: Fields) -> list[Field]:
    """The limits of a clause that names several."""
    caps = told.get("caps")
    return (
        [one["cap"] for one in caps if isinstance(one, Mapping)] if isinstance(caps, list) else []
    )


def score(samples: Sequence[Sample], reader: Reader) -> dict[str, Tally]:
    """Counts by kind; a clause of a wrong kind is missed in one and extra in the other."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for sample in samples:
        found = reader(sample.document)
        for label in sample.labels:
            kind = str(label.fields["kind"])
            match = next((one for one in found if _matches(one, label)), None)
            tallies[kind] += Tally(hit=1) if match is not None else Tally(missed=1)
            if match is not None:
                found.remove(match)
            tallies[kind] += _fields(sample, label, match=match)
        for one in found:
            tallies[str(one.fields["kind"])] += Tally(extra=1)
    return dict(tallies)


def _matches(found: Label, label: Label) -> bool:
    overlap = found.start < label.end and label.start < found.end
    return overlap and found.fields["kind"] == label.fields["kind"]


def _fields(sample: Sample, label: Label, *, match: Label | None) -> Tally:
    told = Tally()
    for name, value in label.fields.items():
        if name == "kind":
            continue
        right = int(match is not None and match.fields.get(name) == value)
        said = int(_is_said(sample.document.text, name, value=value))
        told += Tally(right=right, asked=1, said_right=right * said, said=said)
    return told


def _is_said(text: str, name: str, *, value: Field) -> bool:
    """Whether words of a label stand in the text; labels may know more than their quotation."""
    if name in WORDED:
        return value in ("staged",) or str(value) in text
    words = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return all(one in text for one in words)


def total(tallies: Mapping[str, Tally]) -> Tally:
    """All kinds together."""
    return sum(tallies.values(), Tally())


def _rows(
    case: str, samples: Sequence[Sample], *, options: Options, by_kind: bool = False
) -> list[Row]:
    options.say(f"schemes: extraction, {case}")
    ours, plain = score(samples, grammar()), score(samples, naive_reader)
    whole, base = total(ours), total(plain)
    figures = [
        ("F1 of clauses", whole.f1, base.f1, GOAL),
        ("fields equal, all labelled", whole.accuracy, base.accuracy, GOAL),
        ("fields equal, of those the text says", whole.said_accuracy, base.said_accuracy, GOAL),
    ]
    rows = [
        row("schemes", _figure(case, name, value=value, goal=goal), beside={"naive regex": beside})
        for name, value, beside, goal in figures
    ]
    for kind in sorted(ours) if by_kind else ():
        told, other = ours[kind], plain.get(kind, Tally())
        count = told.hit + told.missed
        rows += [
            row("schemes", _figure(case, f"{kind} ({count}), F1", value=told.f1),
                beside={"naive regex": other.f1}),
            row("schemes", _figure(case, f"{kind} ({count}), fields", value=told.accuracy),
                beside={"naive regex": other.accuracy}),
        ]  # fmt: skip
    text = "\n".join(sample.document.text for sample in samples) + "\n"
    document = make_document(text * REPEAT)
    began = time.process_time()
    extract(document)
    spent = time.process_time() - began
    speed = len(document.text.encode()) / 1e6 / spent
    return [*rows, row("schemes", Figure(case, "extraction", "MB/s", speed, None, "higher"))]


def _figure(case: str, name: str, *, value: float, goal: float | None = None) -> Figure:
    return Figure(case, name, "", value, goal, "higher")


def naive_reader(document: Document) -> list[Label]:
    """The baseline: a keyword for the kind, a regex for each number."""
    return [Label(*one) for one in naive(document.folded)]


def _left_out(case: str, samples: Sequence[Sample]) -> list[Row]:
    """Each document read with a lexicon that never saw it."""
    tallies = [
        score([one for one in samples if one.source == source], grammar(lexicon))
        for source, lexicon in _blind(samples)
    ]
    whole = sum((total(one) for one in tallies), Tally())
    return [
        row("schemes", _figure(case, "F1, each document left out", value=whole.f1)),
        row("schemes", _figure(case, "fields, each document left out", value=whole.accuracy)),
        row("schemes", _figure(case, "fields said, each left out", value=whole.said_accuracy)),
    ]


def _blind(samples: Sequence[Sample]) -> Iterator[tuple[str, Lexicon]]:
    texts: dict[str, str] = defaultdict(str)
    for sample in samples:
        texts[sample.source] += sample.document.folded
    for source, text in texts.items():
        rest = "".join(one for name, one in texts.items() if name != source)
        words = {*LEXICON.words, *LEXICON.measures}
        marks = {one for one in words if len(one) == 1}  # 的, 、: signs, not knowledge.
        struck = {one for one in words - marks if one in text and one not in rest}
        yield source, LEXICON.without(struck)


def _amounts(case: str, samples: Sequence[Sample], *, options: Options) -> list[Row]:
    """The share of labelled sums of money that are found, by us and by jionlp."""
    wanted = [_sums(label.fields) for sample in samples for label in sample.labels]
    texts = [sample.document.text for sample in samples for _ in sample.labels]
    ours = [
        {number for one in grammar()(sample.document) for number in _sums(one.fields)}
        for sample in samples
        for _ in sample.labels
    ]
    beside = {}
    theirs = _jionlp(texts, options=options)
    if theirs is not None:
        beside["jionlp"] = _found(wanted, theirs)
    count = sum(len(one) for one in wanted)
    name = f"sums of money found, of {count}"
    return [row("schemes", _figure(case, name, value=_found(wanted, ours)), beside=beside)]


def _found(wanted: Sequence[set[float]], told: Sequence[set[float]]) -> float:
    hits = sum(len(one & other) for one, other in zip(wanted, told, strict=True))
    return hits / max(1, sum(len(one) for one in wanted))


def _sums(told: Fields) -> set[float]:
    low, high = told.get("label_low"), told.get("label_high")
    own = [told.get("amount"), told.get("cap"), low, high, *_several(told)]
    return {float(one) for one in own if isinstance(one, int | float)}


def _jionlp(texts: Sequence[str], *, options: Options) -> list[set[float]] | None:
    if not options.wants("jionlp"):
        options.skip("jionlp", "not asked for")
        return None
    if not PYTHON.exists():
        options.skip(
            "jionlp",
            "no environment; python -m venv .haihe/peers && .haihe/peers/bin/pip install jionlp",
        )
        return None
    options.say("schemes: jionlp")
    told = subprocess.run(
        (PYTHON, WORKER),
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if told.returncode:
        options.skip("jionlp", (told.stderr.strip().splitlines() or ["it failed"])[-1][:200])
        return None
    return [set(map(float, one)) for one in json.loads(told.stdout.splitlines()[-1])]
