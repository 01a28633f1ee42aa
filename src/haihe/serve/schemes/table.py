"""The routes of schemes: what stands first is found before what its braces would swallow."""

from typing import Final

from haihe.serve.access import (
    ACTING,
    ACTING_ON_RULES,
    APPLYING,
    READERS,
    READERS_AND_OWNERS,
)
from haihe.serve.calling import Operation
from haihe.serve.schemes import (
    applying,
    asking,
    books,
    enterprises,
    paying,
    reading,
    shown,
    shown_books,
    texts,
)

_BOOKS: Final = (
    Operation(
        "GET", "/schemes/books", READERS, "List the books of schemes",
        books.list_books, answer=shown_books.BooksShown,
    ),
    Operation(
        "GET", "/schemes/books/{book}", READERS, "One book with the text of a version",
        books.show_book, query=asking.BookQuery, answer=shown_books.BookShown,
    ),
    Operation(
        "GET", "/schemes/books/{book}/diff", READERS, "The clauses that differ in two versions",
        books.show_diff, query=asking.DiffQuery, answer=shown_books.DiffShown,
    ),
    Operation(
        "POST", "/schemes/books/{book}/moves", ACTING_ON_RULES,
        "Write a draft, confirm it, run it in shadow, propose and agree that it goes live, end it",
        books.act_on_book, body=asking.BookDone, answer=shown_books.BookShown,
    ),
    Operation(
        "POST", "/schemes/texts", ACTING_ON_RULES,
        "The text of a policy's file: PDF, DOCX, OFD, HTML or plain text",
        texts.read_file, query=asking.TextQuery, answer=shown_books.TextRead,
        takes=dict.fromkeys(texts.TAKEN, texts.FILE),
    ),
    Operation(
        "POST", "/schemes/read", READERS, "Read a policy text into draft clauses",
        texts.read_text, body=asking.ReadBody, answer=shown_books.DraftRead,
    ),
    Operation(
        "POST", "/schemes/effect", READERS, "What a draft would change for everybody",
        books.show_effect, body=asking.EffectBody, answer=shown_books.EffectShown,
    ),
)  # fmt: skip

_ENTERPRISES: Final = (
    Operation(
        "GET", "/schemes/enterprises", READERS_AND_OWNERS, "Enterprises and what waits for each",
        enterprises.list_enterprises, query=asking.ListQuery, answer=shown.EnterprisesShown,
    ),
    Operation(
        "GET", "/schemes/enterprises/{enterprise}", READERS_AND_OWNERS, "An enterprise's file",
        enterprises.show_file, answer=shown.FileShown,
    ),
    Operation(
        "GET", "/schemes/enterprises/{enterprise}/standing", READERS_AND_OWNERS,
        "What it may have now, nearly, or later, and why",
        enterprises.show_standing, query=asking.DayQuery, answer=shown.StandingShown,
    ),
    Operation(
        "POST", "/schemes/enterprises/{enterprise}/facts", APPLYING,
        "Tell facts of an enterprise, with their source and day",
        applying.tell_facts, body=asking.FactsBody, answer=shown.FileShown,
    ),
    Operation(
        "POST", "/schemes/enterprises/{enterprise}/consents", APPLYING,
        "Agree to a purpose, or take that back",
        applying.tell_consent, body=asking.ConsentBody, answer=shown.FileShown,
    ),
)  # fmt: skip

_APPLICATIONS: Final = (
    Operation(
        "GET", "/schemes/applications", READERS_AND_OWNERS, "List applications, the newest first",
        applying.list_applications, query=asking.ApplicationsQuery, answer=shown.ApplicationsShown,
    ),
    Operation(
        "POST", "/schemes/applications", APPLYING, "Ask for a scheme",
        applying.apply, body=asking.ApplicationBody, answer=shown.ApplicationShown,
        good=(201,),
    ),
    Operation(
        "GET", "/schemes/applications/{application}", READERS_AND_OWNERS,
        "One application with its open step",
        applying.show_application, answer=shown.ApplicationShown,
    ),
    Operation(
        "POST", "/schemes/applications/{application}/moves", APPLYING,
        "Withdraw it, hand in a supplement, object, put the account right",
        applying.move_application, body=asking.MoveBody, answer=shown.ApplicationShown,
    ),
    Operation(
        "POST", "/schemes/digests", ACTING, "Tell enterprises what they may have, once a period",
        applying.send_digests, body=asking.DigestBody, answer=shown.RoundShown, good=(201,),
    ),
)  # fmt: skip

_MONEY: Final = (
    Operation(
        "GET", "/schemes/pools", READERS, "Pools of money and what is left of them",
        paying.list_pools, answer=shown.PoolsShown,
    ),
    Operation(
        "PUT", "/schemes/pools/{scheme}/{year}", ACTING_ON_RULES, "Set a pool",
        paying.set_pool, body=asking.PoolBody, answer=shown.PoolsShown,
    ),
    Operation(
        "GET", "/schemes/payments", READERS, "Payment lists, the newest first",
        paying.list_payments, answer=shown.PaymentsShown,
    ),
    Operation(
        "POST", "/schemes/payments", ACTING_ON_RULES, "Propose a list of what is approved",
        paying.propose_payments, body=asking.PaymentBody, answer=shown.PaymentProposed,
        good=(201,),
    ),
    Operation(
        "POST", "/schemes/payments/{payment}/moves", ACTING_ON_RULES,
        "Agree, as another person, to a proposed list, which signs it; or decline it",
        paying.move_payments, body=asking.PaymentMove, answer=shown.PaymentsShown,
    ),
    Operation(
        "GET", "/schemes/payments/{payment}/proof", READERS_AND_OWNERS,
        "Prove that one award is on a list, without the others",
        paying.prove_payment, query=asking.ProofQuery, answer=shown.AwardProof,
    ),
)  # fmt: skip

_REACH: Final = (
    Operation(
        "GET", "/schemes", READERS, "Schemes in force and whom they reach",
        reading.list_schemes, query=asking.DayQuery, answer=shown.SchemesShown,
    ),
    Operation(
        "GET", "/schemes/{scheme}", READERS_AND_OWNERS, "One scheme: clauses, reach, who is missed",
        reading.show_scheme, query=asking.DayQuery, answer=shown.SchemeShown,
    ),
    Operation(
        "GET", "/schemes/{scheme}/enterprises", READERS, "A scheme's enterprises",
        reading.list_hits, query=asking.HitsQuery, answer=shown.HitsShown,
    ),
)  # fmt: skip

SCHEMES: Final = (*_BOOKS, *_ENTERPRISES, *_APPLICATIONS, *_MONEY, *_REACH)
