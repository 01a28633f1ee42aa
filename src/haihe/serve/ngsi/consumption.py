"""Entities read: one by its id, or those that fulfil a query.

Source: ETSI GS CIM 009, 5.7.1, 5.7.2; 6.4.3.2, 6.5.3.1, 6.23.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from haihe.serve.ngsi.call import BASE, GEO_JSON, JSON_LD, Call, with_context
from haihe.serve.ngsi.contexts import Context, Json
from haihe.serve.ngsi.expanding import Document
from haihe.serve.ngsi.linking import show_joined
from haihe.serve.ngsi.measured import house_id
from haihe.serve.ngsi.picking import attributes_named, picks_of
from haihe.serve.ngsi.provision import find
from haihe.serve.ngsi.refusal import Kind, Refusal, bad_data, invalid, not_found
from haihe.serve.ngsi.selecting import (
    Query,
    is_asked,
    query_of,
    query_of_body,
    types_test,
    whole_number,
)
from haihe.serve.ngsi.showing import Form, Look, show_feature
from haihe.serve.ngsi.values import check_id
from haihe.serve.owning import note_read
from haihe.serve.sight import check_sight

PAGE: Final = 20  # Ours: what the larger part of other brokers gives where nobody asks.
PAGE_MAX: Final = 1_000  # Ours: as /api/v1.
SKIP_MAX: Final = 10**9  # Ours: more entities than one node holds.
_FORMS: Final = {
    "keyValues": Form.SIMPLIFIED,
    "simplified": Form.SIMPLIFIED,
    "concise": Form.CONCISE,
    "normalized": Form.NORMALISED,
}
_OPTIONS: Final = frozenset({*_FORMS, "sysAttrs", "count", "upsert"})


async def retrieve(call: Call) -> Response:
    """GET /entities/{id}."""
    entity = check_id(call.names["id"])
    context = call.context()
    look = look_of(call.query, context)
    found = await find(call, entity)
    if found is None or not call.asked.caller.sees(found.stream):
        raise not_found(f"there is no entity '{entity}'.")
    document = found.document
    check_sight(call.asked.platform.node, call.asked.caller, entity=house_id(document))
    _check_meant(call, document, look=look)
    await note_read(call.asked, subject=entity, entities=[house_id(document)])
    if call.media == GEO_JSON:
        return call.answer(_located(show_feature(document, look), call, context=context), context)
    shown = await show_joined(call, [document], look=look, asked=call.query)
    return call.answer(shown if len(shown) > 1 else shown[0], context)


def _check_meant(call: Call, document: Document, *, look: Look) -> None:
    """Refuse an entity of which nothing that was asked for would be shown.

    Raises Refusal.
    """
    entity = document["id"]
    if look.attrs is not None and look.attrs.isdisjoint(document):
        raise not_found(f"entity '{entity}' has none of the attributes asked for.")
    if not look.leaves(document):
        raise not_found(f"entity '{entity}' has none of the members asked for.")
    if call.query.get("type"):
        test, _ = types_test(call.query["type"], look.context)
        if not test(frozenset(document["type"])):
            raise not_found(f"entity '{entity}' is not of the type asked for.")


async def query(call: Call) -> Response:
    """GET /entities."""
    context = call.context()
    return await answer_query(
        call, query_of(call.query, context), asked=call.query, context=context
    )


async def query_by_post(call: Call) -> Response:
    """POST /entityOperations/query."""
    sent = await call.json()
    context = call.context_of(sent)
    asked, parameters = query_of_body(sent, context)
    return await answer_query(call, asked, asked={**parameters, **call.query}, context=context)


async def answer_query(
    call: Call, query: Query, *, asked: Mapping[str, str], context: Context
) -> Response:
    """A page of what fulfils a query."""
    if query.is_open and not is_asked(asked, "local"):
        raise bad_data("a query needs one of id, type, attrs, q, georel or scopeQ.")
    look = look_of(asked, context)
    limit = whole_number(asked, "limit", default=PAGE, most=SKIP_MAX)
    skip = whole_number(asked, "offset", default=0, most=SKIP_MAX)
    counts = is_asked(asked, "count") or "count" in asked.get("options", "").split(",")
    if limit > PAGE_MAX:
        raise Refusal(Kind.TOO_MANY, f"limit is {limit}; at most {PAGE_MAX} are given at once.")
    if limit == 0 and not counts:
        raise bad_data("limit is 0; that is for count=true only.")
    if look.pick is not None or look.omit is not None:
        query = replace(query, tests=(*query.tests, look.leaves))
    part = slice(skip, skip + limit)
    page = await call.house.finder.find(query, call.asked.caller, part=part, counts=counts)
    ids = [house_id(document) for document in page.documents]
    await note_read(call.asked, subject="ngsi-ld query", entities=ids)
    headers = {}
    if counts:
        headers["ngsild-results-count"] = str(page.total)
    links = _links(call, skip=skip, limit=limit, total=page.total)
    if links:
        headers["link"] = links
    if call.media == GEO_JSON:
        features = [show_feature(document, look) for document in page.documents]
        value: Json = {"type": "FeatureCollection", "features": features}
        return call.answer(_located(value, call, context=context), context, headers=headers)
    shown = await show_joined(call, page.documents, look=look, asked=asked)
    return call.answer(shown, context, headers=headers)


def look_of(asked: Mapping[str, str], context: Context) -> Look:
    """What an answer looks like, from a request's parameters.

    Raises Refusal naming the parameter that cannot be.
    """
    options = [word for word in asked.get("options", "").split(",") if word]
    for word in options:
        if word not in _OPTIONS:
            raise invalid(f"options has '{word[:50]}'; {', '.join(sorted(_OPTIONS))} are known.")
    wanted = [*options, *([asked["format"]] if asked.get("format") else ())]
    if asked.get("format", "normalized") not in _FORMS and asked["format"]:
        raise invalid(f"format is '{asked['format'][:50]}'; expected {', '.join(_FORMS)}.")
    forms = [_FORMS[word] for word in wanted if word in _FORMS]
    picks = {name: picks_of(asked[name], context) for name in ("pick", "omit") if asked.get(name)}
    if len(picks) == 2 and not picks["pick"].names.keys().isdisjoint(picks["omit"].names):
        raise bad_data("pick and omit name the same member.")
    if picks and asked.get("attrs"):
        raise bad_data("attrs cannot stand beside pick or omit; name attributes in those.")
    return Look(
        context=context,
        form=forms[-1] if forms else Form.NORMALISED,
        sys_attrs="sysAttrs" in options or is_asked(asked, "sysAttrs"),
        attrs=attributes_named(asked["attrs"], context) if asked.get("attrs") else None,
        pick=picks.get("pick"),
        omit=picks.get("omit"),
        dataset=frozenset(asked["datasetId"].split(",")) if asked.get("datasetId") else None,
        lang=asked.get("lang", ""),
        geometry=context.expand(asked.get("geometryProperty") or "location"),
    )


def _located(value: Json, call: Call, *, context: Context) -> Json:
    """GeoJSON with its @context, unless the caller prefers the plain body."""
    heads = dict(call.asked.scope["headers"])
    if b"body=json" in heads.get(b"prefer", b""):
        return value
    return {**value, "@context": with_context({}, context)["@context"]}


def _links(call: Call, *, skip: int, limit: int, total: int) -> str:
    """Links to the pages before and after."""
    if not limit or call.asked.scope["method"] != "GET":
        return ""
    links = []
    if skip:
        links.append(("prev", max(0, skip - limit)))
    if skip + limit < total:
        links.append(("next", skip + limit))
    media = JSON_LD if call.media == JSON_LD else call.media
    return ", ".join(
        f"<{BASE}/entities?{urlencode({**call.query, 'limit': limit, 'offset': at})}>"
        f'; rel="{rel}"; type="{media}"'
        for rel, at in links
    )
