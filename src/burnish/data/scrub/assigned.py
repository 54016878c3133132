"""Secrets that a name is given: lines of .env files, YAML, JSON, TOML, shells, and queries of links without their head.

The name must end as a secret's does (`DB_PASSWORD`, `apiKey`, `X-Auth-Token`); words, numbers, paths and placeholders are no secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from burnish.data.scrub.found import Found, found, words_in
from burnish.data.scrub.password_words import IS, NOW
from burnish.data.scrub.passwords import bare, chosen, telling

_GIVEN = re.compile(
    r"(?<=[\w\"'`\]>])(?:[ \t]{0,8}(?::=|=>|[?+|]{1,2}=|={1,2}|:)\s{0,8}|(?<=>))[\"'`*]{0,2}(?P<value>[^\s\"'`,;&<>(){}\[\]|。、！？，；]{4,400})"
)
_FLAG = re.compile(
    r"(?<![\w-])--?(?P<name>[a-z][\w-]{1,40})[ \t]+[\"'`]?(?P<value>[^\s\"'`,;&<>(){}\[\]|-][^\s\"'`,;&<>(){}\[\]|]{3,400})",
    re.IGNORECASE,
)
_SET = re.compile(
    r"(?<!\w)(?:ENV|setx|setenv|set -[a-z]{1,3})[ \t]+(?P<name>\w{2,60})[ \t]+[\"'`]?(?P<value>[^\s\"'`,;&<>(){}\[\]|=]{4,400})"
)
_SAID = re.compile(
    r"(?:(?<![^\W_])(?:(?:api|access|auth|private|signing|secret|encryption|license)[ _-]?(?:key|token|schlüssel)|token|bearer|(?:client[ _-]?)?secret|credentials?|schlüssel|jeton|токен|ключ)(?![^\W_])"
    rf"|密钥|密鑰|秘钥|令牌|秘密鍵|トークン|キー|토큰|키)[\"'`]?\s*{IS}(?:\s+{NOW}(?![^\W_]))?\s*[\"'`*]{{0,2}}(?P<value>[^\s\"'`,;<>(){{}}\[\]|。、！？，；]{{6,400}})",
    re.IGNORECASE,
)
"""A key that a sentence tells: "the API key is ..."."""
_SAID_WORDS = frozenset(["key", "token", "bearer", "secret", "credential", "credentials", "apikey", "apitoken", "jeton"])
_SAID_HINTS = ("schlüssel", "токен", "ключ", "密钥", "密鑰", "秘钥", "令牌", "鍵", "トークン", "キー", "토큰", "키")
_NAME = re.compile(r"([A-Za-z_][\w.-]{0,60}?)[\"'`]?\]?>?$")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_QUALIFIERS = frozenset(
    [
        "base",
        "prod",
        "production",
        "dev",
        "staging",
        "stage",
        "test",
        "live",
        "old",
        "new",
        "b64",
        "base64",
        "hex",
        "main",
        "backup",
        "raw",
        "value",
        "string",
        "plain",
        "enc",
        "encrypted",
        "env",
        "local",
        "default",
    ]
)
_WORDLIKE = frozenset(
    [
        "password",
        "passwd",
        "pass",
        "pwd",
        "pw",
        "psw",
        "pswd",
        "passphrase",
        "passcode",
        "passwort",
        "kennwort",
        "senha",
        "contrasena",
        "motdepasse",
        "mdp",
        "wachtwoord",
        "haslo",
        "heslo",
        "salasana",
    ]
)
_KEYLIKE = frozenset(
    [
        "secret",
        "secrets",
        "token",
        "tokens",
        "auth",
        "salt",
        "pepper",
        "dsn",
        "signature",
        "sig",
        "pat",
        "jwt",
        "otp",
        "apikey",
        "authkey",
        "secretkey",
        "accesskey",
        "privatekey",
        "bearer",
        "authorization",
    ]
)
_LOGINS = frozenset(["credential", "credentials", "creds"])
_ENDINGS = (
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "accesskey",
    "authkey",
    "privatekey",
    "encryptionkey",
    "passphrase",
)
_OPEN_KEYS = frozenset(
    [
        "public",
        "primary",
        "foreign",
        "sort",
        "partition",
        "cache",
        "hash",
        "range",
        "map",
        "dict",
        "registry",
        "lookup",
        "composite",
        "unique",
        "sorting",
        "group",
        "routing",
        "session",
        "row",
        "object",
        "shard",
        "translation",
        "i18n",
        "storage",
        "parent",
    ]
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LICENCE = re.compile(
    r"(?=(?:\D*\d){4})(?=.*[A-Za-z].*-.*[A-Za-z])(?:(?:\w{4}-){2,7}\w{4}|(?:\w{5}-){2,7}\w{5}|(?:\w{6}-){2,7}\w{6})"
)
"""Groups of one length, letters and digits among them: "Zx81-Kq93-Pl02-Mn47"."""
_NUMBER = re.compile(r"[+-]?(?:0x[0-9a-f]{1,8}|\d[\d.,:_/-]*)(?:[a-z%]{1,4})?", re.IGNORECASE)


def assigned(text: str) -> Iterator[Found]:
    """Yield the values in a text that are given to a secret's name."""
    if not telling(text):
        return
    for match in _GIVEN.finditer(text):
        name = _NAME.search(text, max(0, match.start() - 64), match.start())
        if name and text[name.start() - 1 : name.start()] != "/" and is_secret(name[1], value := bare(match["value"])):
            yield found("key", text, match.start("value"), match.start("value") + len(value))
    for pattern, signs in ((_FLAG, ("-",)), (_SET, ("ENV ", "set"))):
        for match in pattern.finditer(text) if any(sign in text for sign in signs) else ():
            if is_secret(match["name"], value := bare(match["value"])):
                yield found("key", text, match.start("value"), match.start("value") + len(value))
    near = not _SAID_WORDS.isdisjoint(words_in(text)) or (
        not text.isascii() and any(hint in text.lower() for hint in _SAID_HINTS)
    )
    for match in _SAID.finditer(text) if near else ():
        value = bare(match["value"])
        if len(value) >= 6 and chosen(value):
            yield found("key", text, match.start("value"), match.start("value") + len(value))


def is_secret(name: str, value: str) -> bool:
    """Return whether a name is a secret's and the value not one that anybody may see.

    >>> is_secret("DD_APP_KEY", "q7Hs92KdLw0PzXv8"), is_secret("PRIMARY_KEY", "user_id2"), is_secret("token", "get_token")
    (True, False, False)
    """
    parts = [part.lower() for part in _PARTS.findall(name)]
    while len(parts) > 1 and (parts[-1] in _QUALIFIERS or parts[-1].isdigit() or parts[-1] == "v"):
        parts.pop()
    if not parts or (not any(map(str.isdigit, value)) and not any(sign in "!#$%&*+=?@^~" for sign in value)):
        return False
    last = parts[-1]
    if last in _WORDLIKE or last.endswith("password"):
        return chosen(value)
    if last == "pin":
        return value.isdecimal() and 4 <= len(value) <= 12
    if last in _LOGINS:  # a name and a password, told apart elsewhere
        return not re.search("[:/]", value) and mixed(value, 8)
    if last in _KEYLIKE or last.endswith(_ENDINGS):
        return mixed(value, 8)
    return last in {"key", "keys"} and len(parts) > 1 and parts[-2] not in _OPEN_KEYS and mixed(value, 12)


def mixed(value: str, least: int) -> bool:
    """Return whether a value mixes letters and digits as keys do; words and short numbers parted by strokes do not.

    >>> mixed("kq3x9v7z2m5n", 8), mixed("prod-db-2024", 8), mixed("/etc/ssl/key1.pem", 8), mixed("3600000", 4)
    (True, False, False, False)
    """
    if len(value) < least or _NUMBER.fullmatch(value) or not chosen(value):
        return False
    pieces = [piece for piece in re.split(r"[-_./:]", value) if piece]
    return (
        _UUID.fullmatch(value) is not None
        or _LICENCE.fullmatch(value) is not None
        or not all(re.fullmatch(r"[A-Za-z]*\d{0,2}|\d{1,4}|[A-Z]+\d{0,4}", piece) for piece in pieces)
    )
