"""An OpenID provider on loopback, a program of its own: its address says how it behaves.

``python -m tests.serve.provider`` prints the port. The issuer ``/NAME`` behaves as NAME says:
"good", or with one fault of its own. Whoever comes is let through at once, as ``li``.
"""

import base64
import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

RSA: Final = RSAKey.generate_key(2048, {"kid": "one"})
ELLIPTIC: Final = ECKey.generate_key("P-256", {"kid": "two"})
STRANGE: Final = RSAKey.generate_key(2048, {"kid": "one"})
CLIENT, SECRET = "haihe", "client-secret"
ASKED: Final[dict[str, dict[str, str]]] = {}


def claims_of(kind: str, asked: dict[str, str], *, issuer: str) -> dict[str, Any]:
    """What the ID token says, with the fault of its kind."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer, "sub": "248289761001", "aud": CLIENT, "iat": now, "exp": now + 300,
        "nonce": asked["nonce"], "preferred_username": "li",
        "groups": ["staff", "duty"], "realm_access": {"roles": ["duty"]},
    }  # fmt: skip
    faults: dict[str, dict[str, Any]] = {
        "expired": {"exp": now - 120},
        "skewed": {"exp": now - 30, "iat": now + 30},
        "early": {"iat": now + 600},
        "other-issuer": {"iss": "http://127.0.0.1:1"},
        "other-audience": {"aud": "somebody"},
        "two-audiences": {"aud": [CLIENT, "other"]},
        "two-audiences-ours": {"aud": [CLIENT, "other"], "azp": CLIENT},
        "other-nonce": {"nonce": "replayed"},
        "no-nonce": {"nonce": None},
        "no-role": {"groups": ["guests"]},
        "no-name": {"preferred_username": None},
        "odd-name": {"preferred_username": "\u202elil"},
        "odd-groups": {"groups": {"a": 1}},
        "someone-else": {"sub": "2", "preferred_username": "Ann"},
        "promoted": {"groups": ["chiefs"]},
    }
    return {k: v for k, v in {**claims, **faults.get(kind, {})}.items() if v is not None}


def signed(kind: str, claims: dict[str, Any]) -> str:
    """The ID token, signed as its kind says."""
    if kind == "unsigned":
        head, body = ({"alg": "none", "typ": "JWT"}, claims)
        parts = [
            base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=")
            for p in (head, body)
        ]
        return ".".join([*parts, ""])
    if kind == "shared-secret":
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET.ljust(32, "x")))
    if kind == "elliptic":
        return jwt.encode({"alg": "ES256", "kid": "two"}, claims, ELLIPTIC)
    key = STRANGE if kind == "strange-key" else RSA
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)


class Provider(BaseHTTPRequestHandler):
    """Discovery, keys, the way through, and tokens."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        kind, _, what = path.lstrip("/").partition("/")
        issuer = f"http://127.0.0.1:{self.server.server_port}/{kind}"  # type: ignore[attr-defined]  # Ours is one.
        if what == ".well-known/openid-configuration":
            if kind == "broken":
                self.say(500, b"no")
            elif kind == "huge":
                self.say(200, b"{" + b" " * 300_000 + b"}")
            elif kind == "garbage":
                self.say(200, b"<html>")
            else:
                self.say(200, json.dumps(self.endpoints(kind, issuer)).encode())
        elif what == "keys":
            keys = [RSA.as_dict(private=False), ELLIPTIC.as_dict(private=False)]
            self.say(200, json.dumps({"keys": [{**key, "use": "sig"} for key in keys]}).encode())
        elif what == "authorize":
            asked = {name: values[0] for name, values in parse_qs(query).items()}
            code = str(len(ASKED))
            ASKED[code] = asked
            back = {"code": code, "state": asked["state"], "iss": issuer}
            if kind == "other-iss-parameter":
                back["iss"] = "http://127.0.0.1:1"
            if kind == "refusing":
                back = {"error": "access_denied", "state": asked["state"]}
            self.send_response(302)
            self.send_header("location", f"{asked['redirect_uri']}?{urlencode(back)}")
            self.send_header("content-length", "0")
            self.end_headers()
        else:
            self.say(404, b"{}")

    def do_POST(self) -> None:
        kind = self.path.split("/")[1]
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        asked = ASKED.pop(sent["code"], {})
        challenge = hashlib.sha256(sent["code_verifier"].encode()).digest()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        is_right = (
            asked.get("code_challenge") == base64.urlsafe_b64encode(challenge).decode().rstrip("=")
            and asked.get("redirect_uri") == sent["redirect_uri"]
            and self.headers["authorization"] == f"Basic {basic}"
            and sent["grant_type"] == "authorization_code"
        )
        if not is_right:
            self.say(400, b'{"error": "invalid_grant"}')
            return
        issuer = f"http://127.0.0.1:{self.server.server_port}/{kind}"  # type: ignore[attr-defined]  # Ours is one.
        token = signed(kind, claims_of(kind, asked, issuer=issuer))
        self.say(
            200,
            json.dumps({"token_type": "Bearer", "access_token": "x", "id_token": token}).encode(),
        )

    def endpoints(self, kind: str, issuer: str) -> dict[str, str]:
        """What discovery says."""
        said = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        }
        if kind == "another-name":
            said["issuer"] = "http://127.0.0.1:1"
        if kind == "plain-endpoint":
            said["token_endpoint"] = "http://id.example/token"
        return said

    def say(self, status: int, body: bytes) -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Provider)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
