"""What a request makes of a kept document: append, update, merge, replace, take away.

Every function gives a new document and never changes the one it got; ``at`` is the instant of the
change as text.

Source: ETSI GS CIM 009, 5.6.2 to 5.6.5, 5.6.17 to 5.6.19.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from haihe.serve.ngsi.contexts import Json
from haihe.serve.ngsi.expanding import EVERY, HOLDS, META, Document, Instance
from haihe.serve.ngsi.refusal import bad_data, not_found
from haihe.serve.ngsi.values import NULL

_KEPT_META: Final = frozenset({*META, "type", "createdAt", "modifiedAt"})


@dataclass(frozen=True, slots=True)
class Changed:
    """A document after a change.

    updated, left: attributes' IRIs that were changed, and that were not, with the reason.
    """

    document: Document
    updated: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = field(default=())

    def note(self, name: str, reason: str = "") -> "Changed":
        """The same with one more name that was updated or, with a reason, left."""
        if reason:
            return replace(self, left=(*self.left, (name, reason)))
        return replace(self, updated=(*self.updated, name))


def attributes_of(document: Document) -> list[str]:
    """The IRIs of a document's attributes; what is no IRI is about the entity itself."""
    return [name for name in document if ":" in name]


def created(document: Document, at: str) -> Document:
    """A new entity with its times."""
    names = attributes_of(document)
    stamped = {name: [_stamped(one, None, at=at) for one in document[name]] for name in names}
    return {**document, "createdAt": at, "modifiedAt": at, **stamped}


def replaced(old: Document, new: Document, *, at: str) -> Document:
    """Another entity in the place of one, which keeps when it was created."""
    return {**created(new, at), "createdAt": old.get("createdAt", at)}


def appended(old: Document, fragment: Document, *, at: str, overwrite: bool = True) -> Changed:
    """With the fragment's attributes added, and put over those that were there."""
    changed = Changed(_with_head(old, fragment, at=at))
    if "scope" in fragment and "scope" in old and not overwrite:
        changed.document["scope"] = list(dict.fromkeys([*old["scope"], *fragment["scope"]]))
    for name in attributes_of(fragment):
        changed = _put_over(changed, name, sent=fragment[name], at=at, overwrite=overwrite)
    return _told(changed, old, fragment=fragment)


def updated(old: Document, fragment: Document, *, at: str) -> Changed:
    """With the fragment's attributes put over those that are there; null takes away.

    A scope is only replaced, never added.
    """
    changed = Changed(_with_head(old, fragment, at=at))
    if "scope" in fragment and "scope" not in old:
        changed.document.pop("scope", None)
        changed = changed.note("scope", "the entity has no scope")
    for name in attributes_of(fragment):
        gone = [one for one in fragment[name] if one.get("datasetId") == EVERY or _is_null(one)]
        kept = list(changed.document.get(name, ()))
        left = [one for one in kept if not any(_is_meant(one, each) for each in gone)]
        if gone and len(left) == len(kept):
            changed = changed.note(name, "there is no such attribute")
            continue
        _put(changed.document, name, instances=left)
        sent = [one for one in fragment[name] if one not in gone]
        changed = _put_over(changed, name, sent=sent, at=at, overwrite=True)
    return _told(changed, old, fragment=fragment)


def _put_over(
    changed: Changed, name: str, *, sent: Sequence[Instance], at: str, overwrite: bool
) -> Changed:
    """With instances of one attribute added, and put over those of their datasets."""
    instances = list(changed.document.get(name, ()))
    was_kept = True
    for one in sent:
        place = _place(instances, one.get("datasetId"))
        if place is None:
            instances.append(_stamped(one, None, at=at))
        elif overwrite:
            instances[place] = _stamped(one, instances[place], at=at)
        else:
            was_kept = False
    _put(changed.document, name, instances=instances)
    return changed.note(name, "" if was_kept else "it exists, and noOverwrite was asked for")


def _is_meant(kept: Instance, gone: Instance) -> bool:
    """Whether a kept instance is the one that null takes away."""
    return gone.get("datasetId") in (kept.get("datasetId"), EVERY)


def merged(old: Document, patch: Document, *, at: str) -> Changed:
    """With the patch laid over it, down to single members of values; null takes away."""
    changed = Changed(_with_head(old, patch, at=at))
    for name in attributes_of(patch):
        instances = list(old.get(name, ()))
        for one in patch[name]:
            place = _place(instances, one.get("datasetId"))
            if one.get("datasetId") == EVERY:
                instances = []
            elif _is_null(one):
                instances = [kept for at_, kept in enumerate(instances) if at_ != place]
            elif place is None:
                instances.append(_stamped(without_nulls(one), None, at=at))
            else:
                instances[place] = _merged_instance(instances[place], one, at=at)
        _put(changed.document, name, instances=instances)
        changed = changed.note(name)
    return _told(changed, old, fragment=patch)


def partly_updated(old: Document, name: str, *, part: Instance, at: str) -> Document:
    """With some members of one attribute instance changed.

    part: expanded members; ``NULL`` takes one away.
    Raises Refusal if there is no such instance, or it has another type.
    """
    instances = list(old.get(name, ()))
    place = _place(instances, part.get("datasetId"))
    if place is None:
        raise not_found("the entity has no such attribute (or no instance of that datasetId).")
    kept = instances[place]
    if part.get("type", kept["type"]) != kept["type"]:
        raise bad_data(f"the attribute is a {kept['type']}, not a {part['type']}.")
    if HOLDS[kept["type"]] in part and _is_null({**part, "type": kept["type"]}):
        del instances[place]
    else:
        laid = {k: value for k, value in {**kept, **part}.items() if value != NULL}
        instances[place] = _stamped({k: v for k, v in laid.items() if not _gone(v)}, kept, at=at)
    document = {**old, "modifiedAt": at}
    _put(document, name, instances=instances)
    return document


def without(old: Document, name: str, *, dataset: str | None, every: bool, at: str) -> Document:
    """Without an attribute, or one instance of it.

    Raises Refusal if there is no such attribute or instance.
    """
    if name == "scope" and name in old:
        return {k: value for k, value in {**old, "modifiedAt": at}.items() if k != name}
    instances = list(old.get(name, ()))
    place = _place(instances, dataset)
    if not instances or (not every and place is None):
        raise not_found("the entity has no such attribute (or no instance of that datasetId).")
    document = {**old, "modifiedAt": at}
    left = [] if every else [one for at_, one in enumerate(instances) if at_ != place]
    _put(document, name, instances=left)
    return document


def without_nulls(value: Json) -> Json:
    """A value without the members that null takes away."""
    if isinstance(value, dict):
        return {k: without_nulls(one) for k, one in value.items() if one != NULL and not _gone(one)}
    if isinstance(value, list):
        return [without_nulls(one) for one in value if one != NULL]
    return value


def _told(changed: Changed, old: Document, *, fragment: Document) -> Changed:
    """With scope and type among what was updated."""
    for name in ("type", "scope"):
        if name in fragment and changed.document.get(name) != old.get(name):
            changed = changed.note(name)
    return changed


def _with_head(old: Document, fragment: Document, *, at: str) -> Document:
    """A copy with the fragment's types added and its scopes in place of the old ones."""
    document = {**old, "modifiedAt": at}
    if "type" in fragment:
        document["type"] = list(dict.fromkeys([*old["type"], *fragment["type"]]))
    if "scope" in fragment:
        document["scope"] = fragment["scope"]
        if not fragment["scope"]:
            del document["scope"]
    return document


def _place(instances: Sequence[Instance], dataset: str | None) -> int | None:
    """Where the instance of a dataset stands; None if there is none."""
    for at, one in enumerate(instances):
        if one.get("datasetId") == dataset:
            return at
    return None


def _put(document: Document, name: str, *, instances: list[Instance]) -> None:
    if instances:
        document[name] = instances
    else:
        document.pop(name, None)


def _is_null(instance: Instance) -> bool:
    """Whether an instance says that it is to be taken away."""
    member = HOLDS[instance["type"]]
    value = instance.get(member)
    return value == NULL or (isinstance(value, dict) and value.get("@none") == NULL)


def _gone(value: Json) -> bool:
    """Whether a sub-attribute says that it is to be taken away."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) and one.get("type") in HOLDS for one in value)
        and all(_is_null(one) for one in value)
    )


def _stamped(new: Instance, old: Instance | None, *, at: str) -> Instance:
    """An instance with its times, and its sub-attributes with theirs."""
    stamped: dict[str, Any] = {}
    for name, value in new.items():
        if name in _KEPT_META or name in HOLDS.values():
            stamped[name] = value
        else:
            stamped[name] = [_stamped(one, None, at=at) for one in value]
    stamped["createdAt"] = old.get("createdAt", at) if old is not None else at
    stamped["modifiedAt"] = at
    return stamped


def _merged_instance(old: Instance, patch: Instance, *, at: str) -> Instance:
    """One instance with a patch laid over it."""
    if old["type"] != patch["type"]:
        return _stamped(without_nulls(patch), old, at=at)
    laid = dict(old)
    for name, value in patch.items():
        if value == NULL or _gone(value):
            laid.pop(name, None)
        elif name in HOLDS.values():
            laid[name] = _merged_value(old.get(name), value)
        elif name in _KEPT_META:
            laid[name] = value
        else:
            below = list(old.get(name, ()))
            laid[name] = [
                _merged_instance(below[0], one, at=at) if below else _stamped(one, None, at=at)
                for one in value
            ]
    return {**laid, "createdAt": old.get("createdAt", at), "modifiedAt": at}


def _merged_value(old: Json, patch: Json) -> Json:
    """JSON Merge Patch (RFC 7396), with the standard's null."""
    if not isinstance(patch, dict) or not isinstance(old, dict):
        return without_nulls(patch)
    laid = dict(old)
    for name, value in patch.items():
        if value is None or value == NULL:
            laid.pop(name, None)
        else:
            laid[name] = _merged_value(old.get(name), value)
    return laid
