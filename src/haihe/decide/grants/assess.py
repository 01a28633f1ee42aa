"""One enterprise held against one scheme, as the books say on a day."""

from haihe.decide.grants.enterprise import EnterpriseFile
from haihe.decide.grants.kept import Grants
from haihe.decide.scheme.book import write_book
from haihe.decide.scheme.clause import Version
from haihe.decide.scheme.explain import Explanation, explain
from haihe.decide.scheme.facts import gather


def assess(grants: Grants, code: str, *, scheme: str, day: int) -> Explanation | None:
    """Why an enterprise is or is not eligible on a day since 1970; None without such a scheme.

    grants: with the enterprise's file as it is now.
    """
    library = grants.library_on(day)
    if all(one.name != scheme for one in library.schemes):
        return None
    book = write_book(library.schemes, library.schema, day=day)
    file = grants.kept.files.get(code) or EnterpriseFile(code)
    found, _wrong = grants.kept.usable(file, library.schema, day=day)
    return explain(book, gather(library.schema, [found]).one(0), scheme=scheme)


def version_of(grants: Grants, scheme: str, *, day: int) -> Version | None:
    """The version of a scheme in force on a day since 1970; None if none is."""
    for one in grants.library_on(day).schemes:
        if one.name == scheme:
            return one.version_on(day)
    return None
