"""Scrub's secrets that a name is given: NAME=secret in all the ways people paste it; and values that anybody may see."""

from __future__ import annotations

import pytest

from burnish.data.scrub.find import private_things

DRAWN = "q7Hs92KdLw0PzXv81mTrB4yN5cUe3G"


def keys(text):
    """Return the keys that are found in a text."""
    return [one.text for one in private_things(text, ("url", "key"))]


@pytest.mark.parametrize(
    "form",
    [
        "ENCRYPTION_KEY=@",
        "encryption_key=@",
        "encryptionKey=@",
        "EncryptionKey=@",
        "FOO=@",
        "A=@;B=@",
        "A=@,B=@",
        "A=@&B=@",
        "export X=@",
        "set X=@",
        '$env:X="@"',
        "X='@'",
        'X="@"',
        "X=`@`",
        "X=@.",
        "X=@,",
        "X=@;",
        "(X=@)",
        "X=@!",
        "X=@?",
        "X=@:",
        "It is @.",
        "key: @",
        '{"api_key": "@"}',
        'api_key = "@"',
        "NAME = @ # comment",
        "- name: X\n  value: @",
        "X=@\r\nY=2",
        "X=@==",
        'X="@",',
        "**X=@**",
        "`X=@`",
        "X=@谢谢",
        "密钥是@请收好",
        "token=@로",
    ],
)
def test_a_drawn_value_is_found_whatever_its_name_and_the_name_stays(form):
    """Names in all cases, several in a line, quotes, marks behind, files of all kinds."""
    found = keys(form.replace("@", DRAWN))

    assert found
    assert {one.rstrip("=") for one in found} == {DRAWN}


@pytest.mark.parametrize(
    "text",
    [
        "GET /cb?token=abcd1234efgh HTTP/1.1",
        "?token=ab12cd34ef",
        "API_KEY=abc123def456",
        "SECRET_KEY_BASE=9f86d081884c7d659a2feaa0c55ad015",
        "JWT_SECRET=kq3x9v7z2m5n8b1c",
        "api-key: 550e8400-e29b-41d4-a716-446655440000",
        "X-Api-Key: kq3x9v7z2m5n8b1c",
        "DB_PASSWORD=hunter22",
        "db_pass=Sommer2024!",
        "spring.datasource.password=Sommer2024!",
        "-e SECRET=kq3x9v7z2m5n8b1c",
        "AUTH_TOKEN := kq3x9v7z2m5n8b1c",
        "'secret' => 'kq3x9v7z2m5n8b1c'",
        "<apiKey>kq3x9v7z2m5n8b1c</apiKey>",
        "os.environ['API_KEY'] = 'kq3x9v7z2m5n8b1c'",
        "STRIPE_KEY_LIVE=kq3x9v7z2m5n8b1c",
        "密钥=kq3x9v7z2m5n8b1cQ7Hs92KdLw0PzXv8",
        "MY_TOKEN＝kq3x9v7z2m5n8b1c",
        "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "ENV API_TOKEN kq3x9v7z2m5n8b1c",
        "--token kq3x9v7z2m5n8b1c",
    ],
)
def test_a_secrets_name_needs_no_drawn_value(text):
    """A short value that mixes letters and digits is one where its name says so."""
    assert len(keys(text)) == 1
    assert "=" not in keys(text)[0].rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "PORT=5432",
        "MAX_TOKENS=4096000",
        "TOKEN_LIMIT=128000",
        "KEY_SIZE=204800",
        "TOKEN_EXPIRY=86400000",
        "SECRET_NAME=my-secret-1",
        "PASSWORD_FILE=/run/secrets/db2",
        "KEY_FILE=/etc/ssl/key1.pem",
        "SSL_KEY=/etc/ssl/key1.pem",
        "API_KEY=<your-key>",
        "API_KEY=your-api-key-1",
        "API_KEY=changeme",
        "API_KEY=${API_KEY_2}",
        "API_KEY=$API_KEY_2",
        "TOKEN=%TOKEN2%",
        "token = get_token(user1)",
        "token = tokens[i+1]",
        "token = self.tokens2.next",
        "key=lambda x: x[1]",
        "PRIMARY_KEY=user_id_2",
        "SORT_KEY=created_at2",
        "cache_key=user:12:profile",
        "PASSWORD=changeme",
        "PASSWORD=password",
        "TOKEN=none",
        "SECRET=xxxxxxxxxxxx",
        "API_KEY=************",
        "API_KEY=...",
        "DEBUG=true",
        "PATH=/usr/local/bin:/usr/bin2",
        "NAME=Anna2",
        "VERSION=1.2.3",
        "GIT_COMMIT=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "sha256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b9f86d081884c7d659a2feaa0",
        "https://www.youtube.com/playlist?list=PLrAXtmErZgOeiKm4sgNOknGvNjby9efdf",
        "class=ThisIsMyCssClassName12345",
        "x=thisIsAnOrdinaryMethodName2345",
        "token: string",
        "password: string",
        "API_KEY={{ api_key_1 }}",
        "API_KEY=process.env.API_KEY_1",
        "AUTH=oauth2",
        "TOKEN_TYPE=Bearer2",
        "ENCRYPTION_KEY=AES256",
        "eos_token=<|im_end|>2",
        "pad_token_id=50256",
        "bos_token: <s>",
        "token=50256",
        "token = 3.14",
        "SECRET_ID=12345678",
        "secret=TOP_SECRET_1",
        "key = 'item1.price'",
        "keys = 12+34",
        "TOKEN=REPLACE_ME_1",
        "auth=(user1, pw)",
        "salt = 5g",
        "PASSWORD_MIN=12",
    ],
)
def test_words_numbers_paths_and_placeholders_stay(text):
    """What anybody may see, whatever its name."""
    assert keys(text) == []


def test_two_in_a_line_are_two():
    """Each value ends where its own does."""
    assert keys(f"A_KEY={DRAWN} B_TOKEN={DRAWN[::-1]}") == [DRAWN, DRAWN[::-1]]
    assert keys(f"A={DRAWN};B={DRAWN[::-1]}") == [DRAWN, DRAWN[::-1]]


@pytest.mark.parametrize("text", ["The API key is abc123def456.", "der Schlüssel lautet abc123def456", "令牌是abc123def456谢谢"])
def test_a_key_that_a_sentence_tells(text):
    """As it was in English, and beside letters without gaps."""
    assert keys(text) == ["abc123def456"]


@pytest.mark.parametrize(
    "text",
    [
        "ENCRYPTION_KEY?=q7Hs92KdLw0PzXv81mTrB4yN5cUe3G",
        "KEY==q7Hs92KdLw0PzXv81mTrB4yN5cUe3G",
        "key =q7Hs92KdLw0PzXv81mTrB4yN5cUe3G",
        "%KEY%=q7Hs92KdLw0PzXv81mTrB4yN5cUe3G",
        "ENCRYPTION_KEY=q7Hs92KdLw0PzXv81mTrB4yN5cUe3G",
        '<add key="EncryptionKey" value="q7Hs92KdLw0PzXv81mTrB4yN5cUe3G"/>',
        'curl -H "X-Api-Key: q7Hs92KdLw0PzXv81mTrB4yN5cUe3G" x',
    ],
)
def test_a_drawn_value_is_found_behind_any_sign_of_giving(text):
    """Make's ?=, a doubled sign, a space on one side; and nothing around it is taken for a name."""
    assert [(one.kind, one.text) for one in private_things(text)] == [("key", "q7Hs92KdLw0PzXv81mTrB4yN5cUe3G")]


def test_keys_in_groups_are_found_and_numbers_in_groups_stay():
    """A licence's groups mix letters and digits."""
    assert [one.text for one in private_things("API_KEY=Zx81-Kq93-Pl02-Mn47", ("key",))] == ["Zx81-Kq93-Pl02-Mn47"]
    for text in ("KEY=2024-0315-1200-0001", "PRODUCT_CODE=Zx81-Kq93-Pl02-Mn47", "API_KEY=1111-2222-3333-4444"):
        assert not list(private_things(text))


def test_a_line_end_written_as_signs_is_no_part_of_a_secret():
    """As in a string of a program."""
    text = "DB_PASSWORD=Sommer2024!\\nDEBUG=1"
    assert [one.text for one in private_things(text, ("key",))] == ["Sommer2024!"]
