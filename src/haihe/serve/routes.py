"""The table of all routes below ``/api/v1``: method, path, who may, what goes in and out."""

from typing import Final

from haihe.model.case import Case
from haihe.model.decision import WorkOrder
from haihe.model.entity import Entity
from haihe.run.audit import Why
from haihe.run.intake import Receipt
from haihe.run.shadow import Agreement
from haihe.serve import (
    cases,
    citymap,
    files,
    past,
    present,
    quarantine,
    records,
    rules,
    status,
    streams,
)
from haihe.serve.access import (
    ACTING,
    ACTING_ON_ORDERS,
    ACTING_ON_RULES,
    ANYONE,
    ENGINEERS,
    OWN_ACCESS,
    READERS,
    READERS_AND_OWNERS,
    SENDERS,
)
from haihe.serve.alarms import ALARMS
from haihe.serve.basemap.routes import BASE_MAP
from haihe.serve.calling import Operation
from haihe.serve.drill.routes import DRILLS
from haihe.serve.events import MEDIA, EventsQuery, listen
from haihe.serve.ingest import RecordsQuery, take_records
from haihe.serve.keeping import KEEPING
from haihe.serve.loop_orders import LOOP_ORDERS
from haihe.serve.loops import LOOPS
from haihe.serve.neighbours import NEIGHBOURS
from haihe.serve.people import PEOPLE
from haihe.serve.portal import PORTAL
from haihe.serve.push import Happened
from haihe.serve.quality_marks import CHECKS
from haihe.serve.reports import REPORTS
from haihe.serve.schemes.table import SCHEMES
from haihe.serve.taken import FILE, KEY_HEADER, TAKEN
from haihe.serve.traffic.table import TRAFFIC
from haihe.serve.vitals import VITALS

_STREAMS: Final = (
    Operation(
        "GET", "/streams", READERS_AND_OWNERS, "List the declared streams",
        streams.list_streams, answer=tuple[streams.StreamShown, ...],
    ),
    Operation(
        "POST", "/streams/{name}", SENDERS, "Send records; answered when they are on the disk",
        take_records, query=RecordsQuery, answer=Receipt, takes=TAKEN, heads=(KEY_HEADER,),
        good=(200, 201), refuses=Receipt,
    ),
    Operation(
        "GET", "/streams/{name}", READERS_AND_OWNERS, "Read records back, each with its offset",
        records.read_back, query=records.ReadQuery, media=records.NDJSON,
    ),
    Operation(
        "PUT", "/streams/{name}", ENGINEERS, "Declare a stream, or add fields to it",
        streams.declare, body=streams.Declaration, answer=streams.StreamShown, good=(200, 201),
    ),
    Operation(
        "GET", "/streams/{name}/declaration", READERS_AND_OWNERS, "Show a stream's declaration",
        streams.show_stream, answer=streams.StreamShown,
    ),
)  # fmt: skip

_PRESENT: Final = (
    Operation(
        "GET", "/live/{stream}", READERS_AND_OWNERS, "The newest state of a stream's entities",
        present.latest, query=present.LiveQuery, answer=present.LiveShown,
    ),
    Operation(
        "GET", "/live/{stream}/box", READERS_AND_OWNERS, "What is now inside a box",
        present.in_box, query=present.BoxQuery, answer=present.LiveShown,
    ),
    Operation(
        "GET", "/live/{stream}/near", READERS_AND_OWNERS, "What is now nearest to a point",
        present.nearest, query=present.NearQuery, answer=present.LiveShown,
    ),
    Operation(
        "GET", "/map", READERS_AND_OWNERS, "What stands or moves in a box, near things gathered",
        citymap.show_map, query=citymap.MapQuery, answer=citymap.MapShown,
    ),
    Operation(
        "GET", "/history/{stream}", READERS_AND_OWNERS, "An entity's records of a time",
        past.show_past, query=past.PastQuery, answer=past.PastShown,
    ),
    Operation(
        "GET", "/history/{stream}/series", READERS_AND_OWNERS, "A field in buckets of time",
        past.show_series, query=past.SeriesQuery, answer=past.SeriesShown,
    ),
    Operation(
        "GET", "/entities", READERS_AND_OWNERS, "List entities",
        present.list_entities, query=present.EntityQuery, answer=present.EntitiesShown,
    ),
    Operation(
        "GET", "/entities/{entity:path}", READERS_AND_OWNERS, "Show an entity and its newest state",
        present.show_entity, answer=present.EntityShown,
    ),
    Operation(
        "PUT", "/entities/{entity:path}", ENGINEERS, "Say what an entity is",
        present.tell_entity, body=present.EntityBody, answer=Entity, good=(200, 201),
    ),
)  # fmt: skip

_CASES: Final = (
    Operation(
        "GET", "/cases", READERS_AND_OWNERS, "List cases, the worst first",
        cases.list_cases, query=cases.CasesQuery, answer=cases.CasesShown,
    ),
    Operation(
        "GET", "/cases/{case}", READERS_AND_OWNERS, "One case whole",
        cases.show_case, answer=Why,
    ),
    Operation(
        "GET", "/cases/{case}/why", READERS_AND_OWNERS, "Why it was decided so: the same lineage",
        cases.show_case, answer=Why,
    ),
    Operation(
        "GET", "/cases/{case}/proof", READERS, "The case's proof, to be checked offline",
        cases.prove_case, answer=dict[str, object],
    ),
    Operation(
        "GET", "/cases/{case}/pdf", READERS, "The case on paper, to be checked against the log",
        cases.print_case, query=cases.PrintQuery, media=cases.PDF,
    ),
    Operation(
        "POST", "/cases/{case}/actions", ACTING, "Hold, resume, override or annotate a case",
        cases.act_on_case, body=cases.CaseAction, answer=Case,
    ),
    Operation(
        "GET", "/cases/{case}/messages", READERS_AND_OWNERS, "What people said about a case",
        files.show_thread, answer=files.ThreadShown,
    ),
    Operation(
        "POST", "/cases/{case}/files", ACTING, "Attach a photo or another file to a case",
        files.attach_to_case, query=files.FileQuery, answer=files.FileTaken,
        takes=dict.fromkeys(files.TAKEN_KINDS, FILE), good=(200, 201),
    ),
    Operation(
        "GET", "/cases/{case}/files/{sha256}", READERS_AND_OWNERS, "A file of a case",
        files.show_file, media="application/octet-stream",
    ),
    Operation(
        "POST", "/orders/{order:path}/files", ACTING_ON_ORDERS,
        "Attach a photo or another file to an order",
        files.attach_to_order, query=files.FileQuery, answer=files.FileTaken,
        takes=dict.fromkeys(files.TAKEN_KINDS, FILE), good=(200, 201),
    ),
    Operation(
        "GET", "/orders", READERS_AND_OWNERS, "List orders, the most urgent first",
        cases.list_orders, query=cases.OrdersQuery, answer=cases.OrdersShown,
    ),
    Operation(
        "POST", "/orders/{order:path}/actions", ACTING_ON_ORDERS,
        "Accept, handle, report, verify, send back, cancel or annotate an order",
        cases.act_on_order, body=cases.OrderAction, answer=WorkOrder,
    ),
)  # fmt: skip

_RULES: Final = (
    Operation(
        "GET", "/alarms", READERS, "Alarms that stand now",
        rules.list_alarms, answer=rules.AlarmsShown,
    ),
    Operation(
        "GET", "/rules", READERS, "List rules with their settings",
        rules.list_rules, answer=tuple[rules.RuleShown, ...],
    ),
    Operation(
        "POST", "/rules/{rule}/actions", ACTING_ON_RULES,
        "Shelve or unshelve (officers too); shadow, promote or step back",
        rules.act_on_rule, body=rules.RuleAction, answer=rules.RuleShown,
    ),
    Operation(
        "GET", "/rules/{rule}/agreement", READERS, "How the settings on trial agree with the live",
        rules.agreement, answer=Agreement | None,
    ),
)  # fmt: skip

_SET_ASIDE: Final = (
    Operation(
        "GET", "/quarantine", READERS, "Records that were set aside, with their reasons",
        quarantine.list_quarantine, query=quarantine.QuarantineQuery,
        answer=quarantine.QuarantineShown,
    ),
    Operation(
        "POST", "/quarantine/{offset}/release", ENGINEERS, "Take a quarantined record after all",
        quarantine.release_record, body=quarantine.ReleaseBody, answer=Receipt, good=(200, 201),
    ),
    Operation(
        "GET", "/outbox", READERS, "Orders on their way out",
        quarantine.list_outbox, query=quarantine.OutboxQuery, answer=quarantine.OutboxShown,
    ),
    Operation(
        "POST", "/outbox/{order:path}/release", ENGINEERS, "Let a dead letter be tried again",
        quarantine.release_letter, body=quarantine.ReleaseBody, answer=quarantine.LetterShown,
    ),
)  # fmt: skip

_STATUS: Final = (
    Operation(
        "GET", "/health", READERS, "How the platform is", status.health, answer=status.Health
    ),
    Operation(
        "GET", "/health/live", ANYONE, "That the server answers",
        status.alive, answer=status.Alive,
    ),
    Operation(
        "GET", "/packs", READERS, "The packs that run",
        status.list_packs, answer=tuple[status.PackShown, ...],
    ),
    Operation(
        "GET", "/checkpoint", READERS, "How far the log is proved",
        status.checkpoint, answer=status.CheckpointShown,
    ),
    Operation(
        "GET", "/access", OWN_ACCESS, "Who read an enterprise's data",
        status.list_access, query=status.AccessQuery, answer=status.AccessShown,
    ),
    Operation(
        "GET", "/events", READERS_AND_OWNERS, "Steps as they happen, as server-sent events",
        listen, query=EventsQuery, answer=Happened, media=MEDIA,
    ),
)  # fmt: skip

ROUTES: Final = (
    *_STREAMS, *_PRESENT, *BASE_MAP, *VITALS, *_CASES, *_RULES, *LOOPS, *LOOP_ORDERS, *ALARMS,
    *_SET_ASIDE,
    *_STATUS, *DRILLS, *NEIGHBOURS, *REPORTS, *CHECKS, *KEEPING, *PORTAL, *PEOPLE, *SCHEMES,
    *TRAFFIC,
)  # fmt: skip
