"""Documents as answers: in normalised, concise or simplified form, or as GeoJSON, in short names.

Source: ETSI GS CIM 009, 4.5.1 to 4.5.5, 4.5.16, 4.5.17, 6.3.7, 6.3.15.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from haihe.serve.ngsi.changing import attributes_of
from haihe.serve.ngsi.contexts import CORE, Context, Json
from haihe.serve.ngsi.expanding import ENTITY_MEMBERS, HOLDS, META, Document, Instance
from haihe.serve.ngsi.picking import Picks
from haihe.serve.ngsi.vocabulary import GEOMETRIES

_TIMES: Final = ("createdAt", "modifiedAt")


class Form(StrEnum):
    """How attributes are written."""

    NORMALISED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


@dataclass(frozen=True, slots=True)
class Look:
    """What an answer looks like.

    context: the names.
    sys_attrs: whether the times of creation and change are shown.
    attrs: IRIs of the only attributes shown; None for all.
    pick, omit: members shown, or not; None for no choice.
    dataset: datasetIds of the only instances shown ("@none" for those without); None for all.
    lang: language in which LanguageProperties are shown, as plain Properties; "" as they are.
    geometry: IRI of the attribute that is the geometry of GeoJSON.
    linked: entities to be shown inside of those that link to them, by id; None for none.
    level: links of links down to which level.
    """

    context: Context = CORE
    form: Form = Form.NORMALISED
    sys_attrs: bool = False
    attrs: frozenset[str] | None = None
    pick: Picks | None = None
    omit: Picks | None = None
    dataset: frozenset[str] | None = None
    lang: str = ""
    geometry: str = CORE.expand("location")
    linked: Mapping[str, Document] | None = None
    level: int = 0

    def shows(self, name: str) -> bool:
        """Whether a member is shown: an IRI, or "id", "type", "scope"."""
        is_told = self.attrs is None or name in ENTITY_MEMBERS or name in self.attrs
        is_picked = self.pick is None or name in self.pick
        is_left = self.omit is None or name not in self.omit or self.omit.below(name) is not None
        return is_told and is_picked and is_left

    def leaves(self, document: Document) -> bool:
        """Whether anything of a document is shown."""
        return any(self.shows(name) for name in ("id", "type", *attributes_of(document))) or (
            "scope" in document and self.shows("scope")
        )

    def below(self, name: str) -> "Look":
        """How an entity is shown that a member links to."""
        return replace(
            self,
            attrs=None,
            pick=self.pick.below(name) if self.pick is not None else None,
            omit=self.omit.below(name) if self.omit is not None else None,
            level=self.level - 1,
        )


def show(document: Document, look: Look) -> Json:
    """An entity as JSON."""
    shown: dict[str, Json] = {}
    if look.shows("id"):
        shown["id"] = document["id"]
    if look.shows("type"):
        shown["type"] = _one_or_many([look.context.compact(kind) for kind in document["type"]])
    if "scope" in document and look.shows("scope"):
        shown["scope"] = _one_or_many(document["scope"])
    if look.sys_attrs:
        shown |= {name: document[name] for name in _TIMES if name in document}
    for name in attributes_of(document):
        if look.shows(name):
            instances = [one for one in document[name] if _is_asked(one, look)]
            if instances:
                shown[look.context.compact(name)] = _attribute(instances, look, name=name)
    return shown


def show_feature(document: Document, look: Look) -> Json:
    """An entity as a GeoJSON Feature."""
    properties = show(document, look)
    properties.pop("id", None)
    instances = document.get(look.geometry, ())
    geometry = next((one.get("value") for one in instances if "datasetId" not in one), None)
    return {
        "id": document["id"],
        "type": "Feature",
        "geometry": geometry if isinstance(geometry, dict) else None,
        "properties": properties,
    }


def _is_asked(instance: Instance, look: Look) -> bool:
    return look.dataset is None or instance.get("datasetId", "@none") in look.dataset


def _attribute(instances: list[Instance], look: Look, *, name: str) -> Json:
    if look.form is Form.SIMPLIFIED:
        shown = {
            one.get("datasetId", "@none"): _simplified(one, look, name=name) for one in instances
        }
        return shown["@none"] if [*shown] == ["@none"] else {"dataset": shown}
    return _one_or_many([_instance(one, look, name=name) for one in instances])


def _linked(instance: Instance, look: Look, *, name: str) -> Json:
    """The entity (or entities) at the other end, where they are shown inside; else None."""
    if (
        look.linked is None
        or look.level < 1
        or instance["type"] not in ("Relationship", "ListRelationship")
    ):
        return None
    value = instance[HOLDS[instance["type"]]]
    ends = [one["object"] if isinstance(one, dict) else one for one in value] if (
        isinstance(value, list)
    ) else [value]  # fmt: skip
    below = look.below(name)
    shown = [show(look.linked[end], below) for end in ends if end in look.linked]
    if not shown:
        return None
    return shown if isinstance(value, list) else shown[0]


def _simplified(instance: Instance, look: Look, *, name: str) -> Json:
    kind = instance["type"]
    linked = _linked(instance, look, name=name)
    if linked is not None:
        return linked
    if kind == "LanguageProperty" and look.lang:
        return _in_language(instance["languageMap"], look.lang)[0]
    value = _value(instance, look)
    if kind in ("LanguageProperty", "VocabProperty", "JsonProperty"):
        return {HOLDS[kind]: value}
    if kind == "ListRelationship":
        return [one["object"] for one in value]
    return value


def _instance(instance: Instance, look: Look, *, name: str) -> Json:
    """An instance in normalised or concise form."""
    kind = instance["type"]
    shown: dict[str, Json] = {"type": kind, HOLDS[kind]: _value(instance, look)}
    if kind == "LanguageProperty" and look.lang:
        text, language = _in_language(instance["languageMap"], look.lang)
        shown = {"type": "Property", "value": text, "lang": language}
    linked = _linked(instance, look, name=name)
    if linked is not None:
        shown["entity" if kind == "Relationship" else "entityList"] = linked
    for member, value in instance.items():
        if member == "objectType":
            shown[member] = _one_or_many([look.context.compact(one) for one in value])
        elif member in META or (look.sys_attrs and member in _TIMES):
            shown[member] = value
        elif member not in (*_TIMES, "type", HOLDS[kind]):
            shown[look.context.compact(member)] = _attribute(value, look, name=member)
    return _concise(shown) if look.form is Form.CONCISE else shown


def _concise(shown: Mapping[str, Json]) -> Json:
    """Without the type, which its members tell; the bare value where nothing else is left."""
    rest = {name: value for name, value in shown.items() if name != "type"}
    value = rest.get("value")
    if len(rest) > 1 or "value" not in rest:
        return rest
    is_place = isinstance(value, dict) and value.get("type") in GEOMETRIES
    return rest if isinstance(value, dict) and not is_place else value


def _value(instance: Instance, look: Look) -> Json:
    value = instance[HOLDS[instance["type"]]]
    if instance["type"] != "VocabProperty":
        return value
    if isinstance(value, list):
        return [look.context.compact(word) for word in value]
    return look.context.compact(value)


def _in_language(texts: Mapping[str, Json], wanted: str) -> tuple[Json, str]:
    """A text in the language asked for, or the nearest to it, and which that is.

    wanted: as Accept-Language writes it (RFC 9110, 12.5.4).
    """
    ranked = []
    for part in wanted.split(","):
        tag, _, weight = part.strip().partition(";q=")
        ranked.append((-_weight(weight), tag.strip().lower()))
    tags = {tag.lower(): tag for tag in texts}
    for _, tag in sorted(ranked, key=lambda pair: pair[0]):
        for candidate in (tag, tag.partition("-")[0]):
            if candidate in tags:
                return texts[tags[candidate]], tags[candidate]
        near = next((known for known in tags if known.startswith(tag + "-")), None)
        if near is not None:
            return texts[tags[near]], tags[near]
    first = next((tag for tag in ("@none", "en") if tag in texts), next(iter(texts), ""))
    return texts.get(first, ""), first


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def _one_or_many(values: list[Json]) -> Json:
    """A single value by itself, several as an array."""
    return values[0] if len(values) == 1 else values
