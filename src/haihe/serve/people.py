"""The part of the routes' table about who may come in: setup, sessions, accounts, tokens."""

from typing import Final

from haihe.serve import accounts, provider, session, tokens
from haihe.serve.access import ADMINS, ANYONE, EVERYONE, OVERSEERS
from haihe.serve.calling import Operation

PEOPLE: Final = (
    Operation(
        "GET", "/setup", ANYONE, "Whether there is an account yet, and how one signs in",
        accounts.show_setup, answer=accounts.SetupShown,
    ),
    Operation(
        "POST", "/setup", ANYONE, "Make the first account, an administrator's",
        accounts.set_up, body=accounts.First, answer=session.Myself, good=(201,),
    ),
    Operation(
        "GET", "/session", EVERYONE, "Who the caller is",
        session.show_self, answer=session.Myself,
    ),
    Operation(
        "POST", "/session", ANYONE, "Sign in with name and password, or with a token",
        session.sign_in, body=session.SignIn, answer=session.Myself, good=(201,),
    ),
    Operation("DELETE", "/session", ANYONE, "Sign out", session.sign_out),
    Operation(
        "PUT", "/session/password", EVERYONE, "Change one's own password",
        session.change_password, body=session.PasswordChange, good=(204,),
    ),
    Operation(
        "GET", "/session/provider", ANYONE, "Sign in through the OpenID provider", provider.leave,
        good=(303,),
    ),
    Operation(
        "GET", "/session/provider/back", ANYONE, "Where the OpenID provider sends people back to",
        provider.come_back, query=provider.BackQuery, good=(303,),
    ),
    Operation(
        "GET", "/sessions", EVERYONE, "One's own sessions",
        session.list_sessions, answer=tuple[session.SessionShown, ...],
    ),
    Operation("DELETE", "/sessions", EVERYONE, "End one's other sessions", session.end_others),
    Operation(
        "DELETE", "/sessions/{session}", EVERYONE, "End one of one's sessions",
        session.end_session,
    ),
    Operation(
        "GET", "/accounts", OVERSEERS, "List accounts",
        accounts.list_accounts, query=accounts.AccountsQuery, answer=accounts.AccountsShown,
    ),
    Operation(
        "POST", "/accounts", ADMINS, "Make an account; the answer has its first password",
        accounts.add_account, body=accounts.NewAccount, answer=accounts.Given, good=(201,),
    ),
    Operation(
        "GET", "/accounts/{account}", OVERSEERS, "Show an account",
        accounts.show_account, answer=accounts.AccountShown,
    ),
    Operation(
        "PUT", "/accounts/{account}", ADMINS, "Change what an account may, or disable it",
        accounts.put_rights, body=accounts.Rights, answer=accounts.AccountShown,
    ),
    Operation(
        "POST", "/accounts/{account}/password", ADMINS, "Give an account a new password",
        accounts.reset_password, answer=accounts.Given,
    ),
    Operation(
        "GET", "/tokens", EVERYONE, "List one's own tokens; as overseer everybody's",
        tokens.list_tokens, answer=tuple[tokens.TokenShown, ...],
    ),
    Operation(
        "POST", "/tokens", EVERYONE, "Make a token; the answer has its text, this once",
        tokens.make_token, body=tokens.NewToken, answer=tokens.TokenMade, good=(201,),
    ),
    Operation(
        "DELETE", "/tokens/{token:path}", EVERYONE, "Revoke a token", tokens.revoke_token
    ),
)  # fmt: skip
