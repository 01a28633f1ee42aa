"""The second person who stands for a book or a payment list, by name."""

from haihe.serve.access import ENGINEERS, Caller
from haihe.serve.access.names import key_of
from haihe.serve.platform import Platform
from haihe.serve.problem import Problem, forbidden


def second_of(platform: Platform, caller: Caller, *, name: str) -> str:
    """The second person, by the name of their account; "" for none.

    Raises Problem if it is nobody who may, or the same person again.
    """
    book = platform.access.book
    if not name or not book.kept.accounts:
        return name
    account = book.account(key_of(name))
    if account is None or account.is_disabled or ENGINEERS.isdisjoint(account.grant.roles):
        raise forbidden(f"'{name}' is no account that may agree to this.")
    if account.name == caller.name:
        raise Problem(422, "one-person", message=f"{name} cannot also be the second person.")
    return account.name
