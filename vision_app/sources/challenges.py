"""How a web server asks for a login, and how it is answered."""

from __future__ import annotations

import hashlib
import re
import secrets

_CHALLENGE_PART = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


def best_challenge(headers: list[str]) -> dict[str, str]:
    """The strongest way to log in that a server offers and that is known here; empty when there is none."""
    found: dict[str, dict[str, str]] = {}
    for header in headers:
        for scheme, rest in re.findall(r"(?i)\b(basic|digest)\b(.*?)(?=\b(?:basic|digest)\s+\w+=|$)", header):
            parts = {k.lower(): a or b for k, a, b in _CHALLENGE_PART.findall(rest)}
            found.setdefault(scheme.lower(), {"scheme": scheme.lower(), **parts})
    strong = found.get("digest", {})
    if strong and strong.get("algorithm", "MD5").upper().removesuffix("-SESS") in ("MD5", "SHA-256"):
        return strong
    return found.get("basic", {})


def digest(challenge: dict[str, str], target: str, user: str, password: str, count: int) -> str:
    """The header that proves a password without sending it. Source: RFC 7616, 3.4."""
    algorithm = challenge.get("algorithm", "MD5").upper()

    def h(text: str) -> str:
        kind = hashlib.sha256 if algorithm.startswith("SHA-256") else hashlib.md5
        return kind(text.encode()).hexdigest()

    realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
    own, number = secrets.token_hex(8), f"{count:08x}"
    ha1 = h(f"{user}:{realm}:{password}")
    if algorithm.endswith("-SESS"):
        ha1 = h(f"{ha1}:{nonce}:{own}")
    ha2 = h(f"GET:{target}")
    auth = "auth" in [q.strip().lower() for q in challenge.get("qop", "").split(",")]
    response = h(f"{ha1}:{nonce}:{number}:{own}:auth:{ha2}" if auth else f"{ha1}:{nonce}:{ha2}")
    parts = {"username": user, "realm": realm, "nonce": nonce, "uri": target, "response": response}
    if "opaque" in challenge:
        parts["opaque"] = challenge["opaque"]
    if auth:
        parts["cnonce"] = own
    text = ", ".join(f'{k}="{v}"' for k, v in parts.items())
    return f"Digest {text}, algorithm={algorithm}" + (f", qop=auth, nc={number}" if auth else "")
