"""The routes of schemes: what stands first is found before what its braces would swallow."""

from typing import Final

from haihe.serve.access import (
    ACTING,
    ACTING_ON_RULES,
    APPLYING,
    OWNERS,
    READERS,
)
from haihe.serve.calling import Operation
from haihe.serve.schemes import (
    applying,
    asking,
    books,
    digests,
    enterprises,
    papers,
    paying,
    reading,
    shown,
    shown_awards,
    shown_books,
    shown_file,
    shown_papers,
    texts,
)
from haihe.serve.taken import KEY_HEADER

BYTES: Final = "application/octet-stream"
OFFICE_AND_OWNERS: Final = READERS | OWNERS  # Not crews: no order of theirs needs a firm's file.

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
        "GET", "/schemes/enterprises", OFFICE_AND_OWNERS, "Enterprises and what waits for each",
        enterprises.list_enterprises, query=asking.ListQuery, answer=shown.EnterprisesShown,
    ),
    Operation(
        "GET", "/schemes/enterprises/{enterprise}", OFFICE_AND_OWNERS, "An enterprise's file",
        enterprises.show_file, query=asking.DayQuery, answer=shown_file.FileShown,
    ),
    Operation(
        "GET", "/schemes/enterprises/{enterprise}/standing", OFFICE_AND_OWNERS,
        "What it may have now, nearly, or later, and why",
        enterprises.show_standing, query=asking.DayQuery, answer=shown.StandingShown,
    ),
    Operation(
        "POST", "/schemes/enterprises/{enterprise}/facts", APPLYING,
        "Tell facts of an enterprise, with their source and day",
        applying.tell_facts, body=asking.FactsBody, answer=shown_file.FileShown,
    ),
    Operation(
        "POST", "/schemes/enterprises/{enterprise}/consents", APPLYING,
        "Agree to a purpose, or take that back",
        applying.tell_consent, body=asking.ConsentBody, answer=shown_file.FileShown,
    ),
    Operation(
        "GET", "/schemes/enterprises/{enterprise}/papers", OFFICE_AND_OWNERS,
        "Papers in its file, and what schemes in force ask for",
        papers.list_papers, answer=shown_papers.PapersShown,
    ),
    Operation(
        "POST", "/schemes/enterprises/{enterprise}/papers", APPLYING,
        "File a paper: PDF, JPEG or PNG, with its day and until when it is valid",
        papers.file_paper, query=asking.PaperQuery, answer=shown_papers.PapersShown,
        takes=papers.TAKES, heads=(KEY_HEADER,), good=(200, 201),
    ),
    Operation(
        "POST", "/schemes/enterprises/{enterprise}/papers/moves", APPLYING,
        "Withdraw a paper; applications that brought it keep it",
        papers.move_paper, body=asking.PaperMove, answer=shown_papers.PapersShown,
    ),
    Operation(
        "GET", "/schemes/enterprises/{enterprise}/papers/{sha256}", OFFICE_AND_OWNERS,
        "The bytes of a paper that stands; of one's own, of any",
        papers.show_paper, media=BYTES,
    ),
)  # fmt: skip

_APPLICATIONS: Final = (
    Operation(
        "GET", "/schemes/applications", OFFICE_AND_OWNERS, "List applications, the newest first",
        applying.list_applications, query=asking.ApplicationsQuery, answer=shown.ApplicationsShown,
    ),
    Operation(
        "POST", "/schemes/applications", APPLYING, "Ask for a scheme",
        applying.apply, body=asking.ApplicationBody, answer=shown.ApplicationShown,
        good=(201,),
    ),
    Operation(
        "GET", "/schemes/applications/{application}", OFFICE_AND_OWNERS,
        "One application with its open step",
        applying.show_application, answer=shown.ApplicationShown,
    ),
    Operation(
        "POST", "/schemes/applications/{application}/moves", APPLYING,
        "Withdraw it, hand in a supplement, object, put the account right",
        applying.move_application, body=asking.MoveBody, answer=shown.ApplicationShown,
    ),
    Operation(
        "GET", "/schemes/applications/{application}/papers/{sha256}", OFFICE_AND_OWNERS,
        "The bytes of a paper that an application brought",
        papers.show_cited, media=BYTES,
    ),
    Operation(
        "GET", "/schemes/digests", READERS, "When digests go out by themselves",
        digests.show_rhythm, answer=shown_papers.RhythmShown,
    ),
    Operation(
        "PUT", "/schemes/digests", ACTING, "Say when digests go out by themselves, or never",
        digests.set_rhythm, body=asking.RhythmBody, answer=shown_papers.RhythmShown,
    ),
    Operation(
        "POST", "/schemes/digests", ACTING, "Tell enterprises what they may have, once a period",
        digests.send_digests, body=asking.DigestBody, answer=shown.RoundShown, good=(201,),
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
        "GET", "/schemes/payments/{payment}/proof", OFFICE_AND_OWNERS,
        "Prove that one award is on a list, without the others",
        paying.prove_payment, query=asking.ProofQuery, answer=shown_awards.AwardProof,
    ),
)  # fmt: skip

_REACH: Final = (
    Operation(
        "GET", "/schemes", READERS, "Schemes in force and whom they reach",
        reading.list_schemes, query=asking.DayQuery, answer=shown.SchemesShown,
    ),
    Operation(
        "GET", "/schemes/{scheme}", OFFICE_AND_OWNERS, "One scheme: clauses, reach, who is missed",
        reading.show_scheme, query=asking.DayQuery, answer=shown.SchemeShown,
    ),
    Operation(
        "GET", "/schemes/{scheme}/enterprises", READERS, "A scheme's enterprises",
        reading.list_hits, query=asking.HitsQuery, answer=shown.HitsShown,
    ),
)  # fmt: skip

SCHEMES: Final = (*_BOOKS, *_ENTERPRISES, *_APPLICATIONS, *_MONEY, *_REACH)
