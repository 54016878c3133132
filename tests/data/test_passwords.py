"""Scrub's passwords that are told: in many languages, in tables, behind a login; and what only looks told."""

from __future__ import annotations

import pytest

from burnish.data.scrub.find import private_things
from burnish.data.scrub.passwords import chosen


def keys(text):
    """Return the keys and passwords that are found in a text."""
    return [one.text for one in private_things(text, ("url", "key", "mail"))]


def found(text):
    """Return all that is found in a text."""
    return [(one.kind, one.text) for one in private_things(text)]


@pytest.mark.parametrize(
    "text",
    [
        "the password's Sommer2024!",
        "Mon mot de passe, c'est Sommer2024!",
        "la contrasena es Sommer2024!",
        "La contrasenya és Sommer2024!",
        "la chiave è Sommer2024!",
        "ww: Sommer2024!",
        "mk: Sommer2024!",
        "Лозинката е Sommer2024!",
        "Лозинка је Sommer2024!",
        "Fjalëkalimi është Sommer2024!",
        "Y cyfrinair yw Sommer2024!",
        "Nenosiri ni Sommer2024!",
        "La pasvorto estas Sommer2024!",
        "Il-password hija Sommer2024!",
        "password ko ay Sommer2024!",
        "D'Passwuert ass Sommer2024!",
        "הסיסמא שלי Sommer2024!",
        "پسورد من Sommer2024! است",
        "パスワード「Sommer2024!」",
        "パスワード（Sommer2024!）です",
        "ID：bob　パス：Sommer2024!",
        "用户名：bob　密码：Sommer2024!",
        "密码是“Sommer2024!”",
        "Passwort......: Sommer2024!",
        "<td>Password</td><td>Sommer2024!</td>",
        "Server=db;User=bob;Password=Sommer2024!;",
    ],
)
def test_passwords_told_in_more_words_are_found(text):
    """By a verb of another language, in brackets, in HTML's cells, after a login in one line; the words around stay."""
    assert found(text) == [("key", "Sommer2024!")]


@pytest.mark.parametrize(
    "text",
    [
        "パスは/usr/local/lib2です",
        "パス：src2/main.py",
        "ww: we gaan om 8u",
        "mk: 2 items",
        "la chiave è nel cassetto 12",
        "Losung: 42",
        "heslo je nutné!",
        "PASS: test_login1",
        "if password==confirm_password2:",
        "<td>Password</td><td>min8chars</td>",
        "パスワード（8文字以上）",
        "הסיסמה של Windows11",
        "他说“密码是什么？”",
        "Kata sandi salah!",
    ],
)
def test_what_only_looks_told_in_them_stays(text):
    """A path, a test's name, a rule for passwords; and "password" in Indonesian is nobody's name."""
    assert not found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Das Passwort ist Sommer2024! ok",
        "Kennwort lautet Sommer2024!",
        "Passwort: Sommer2024!",
        "Das Passwort für den Server ist Sommer2024!",
        "Passwort Sommer2024! bitte",
        "Passwort: **Sommer2024!**",
        "**Passwort:** Sommer2024!",
        "Sommer2024! ist das Passwort",
        "Log in mit dem Passwort „Sommer2024!“ bitte.",
        "Le mot de passe est Sommer2024! merci",
        "mdp : Sommer2024!",
        'mot de passe: "Sommer2024!"',
        "La contraseña es Sommer2024! gracias",
        "clave: Sommer2024!",
        "La clave de acceso es Sommer2024!",
        "A senha é Sommer2024! obrigado",
        "palavra-passe: Sommer2024!",
        "La password è Sommer2024! grazie",
        "La parola d'ordine è Sommer2024!",
        "psw Sommer2024!",
        "Het wachtwoord is Sommer2024! bedankt",
        "Lösenordet är Sommer2024! tack",
        "Passordet er Sommer2024! takk",
        "Adgangskoden er Sommer2024! tak",
        "kodeord: Sommer2024!",
        "Salasana on Sommer2024! kiitos",
        "Salasanani on Sommer2024!",
        "Hasło to Sommer2024! dzięki",
        "hasło: Sommer2024!",
        "Heslo je Sommer2024!",
        "Lozinka je Sommer2024!",
        "Geslo je Sommer2024!",
        "A jelszó Sommer2024! köszi",
        "A jelszavam: Sommer2024!",
        "Parola este Sommer2024!",
        "Şifre: Sommer2024!",
        "Şifrem Sommer2024!",
        "ŞİFRE Sommer2024!",
        "Пароль: Sommer2024!",
        "Пароль Sommer2024! спасибо",
        "Парола е Sommer2024!",
        "Паролата е Sommer2024!",
        "Ο κωδικός είναι Sommer2024!",
        "Slaptažodis yra Sommer2024!",
        "Parole ir Sommer2024!",
        "Parool on Sommer2024!",
        "Lykilorðið er Sommer2024!",
        "密码是Sommer2024!谢谢",
        "密碼：Sommer2024!",
        "密码为Sommer2024!，请收好",
        "パスワードはSommer2024!です",
        "パスワード：Sommer2024!",
        "비밀번호는 Sommer2024!입니다",
        "비번: Sommer2024!",
        "비밀번호는Sommer2024!",
        "암호 Sommer2024!",
        "รหัสผ่านคือSommer2024!ครับ",
        "รหัสผ่าน: Sommer2024!",
        "पासवर्ड Sommer2024! है",
        "पासवर्ड है Sommer2024!",
        "পাসওয়ার্ড হল Sommer2024!",
        "كلمة المرور هي Sommer2024!",
        "كلمة السر: Sommer2024!",
        "الباسورد Sommer2024!",
        "הסיסמה היא Sommer2024!",
        "סיסמא: Sommer2024!",
        "رمز عبور: Sommer2024!",
        "Mật khẩu là Sommer2024!",
        "Kata sandi: Sommer2024!",
        "Kata sandinya adalah Sommer2024!",
        "user: bob pw: Sommer2024!",
        "user/pass: bob/Sommer2024!",
        "user / pw: bob / Sommer2024!",
        "login: bob / Sommer2024!",
        "Login bob / Sommer2024!",
        "Zugangsdaten: bob / Sommer2024!",
        "creds: bob:Sommer2024!",
        "Benutzer: bob, Passwort: Sommer2024!",
        "identifiants : bob / Sommer2024!",
        "usuario bob, contraseña Sommer2024!",
        "логин: bob пароль: Sommer2024!",
        "логин/пароль: bob / Sommer2024!",
        "账号bob密码Sommer2024!",
        "ID: bob / PW: Sommer2024!",
        "| user | pw |\n|---|---|\n| bob | Sommer2024! |",
        "| Passwort | Sommer2024! |",
        "| user | pw |\n| bob | Sommer2024! |",
        "user,password\nbob,Sommer2024!",
        "user\tpass\nbob\tSommer2024!",
        "name;Kennwort\nbob;Sommer2024!",
        "| Benutzer | Passwort | Rolle |\n|:--|:--|--:|\n| bob | Sommer2024! | admin |\n| eve | Sommer2024! | user |",
        "pwd: Sommer2024!",
        "pass: Sommer2024!",
        "PASS Sommer2024!",
        "pwd=Sommer2024!",
        "PW = Sommer2024!",
        "passwd Sommer2024!",
        "password -> Sommer2024!",
        "The new password is now Sommer2024!",
        "the wifi password for guests is Sommer2024!",
        "password: 'Sommer2024!'",
        'Password is "Sommer2024!".',
        "use Sommer2024! as password",
        "Contraseña: Sommer2024!",
        "<password>Sommer2024!</password>",
        "--password Sommer2024!",
        "mysql --password=Sommer2024! -u bob",
        "Contraseña: Sommer2024!",
        "Mot de passe (wifi) : Sommer2024!",
        "Passwort wie besprochen: Sommer2024!",
        "user: bob\npass: Sommer2024!",
        "bob's password is Sommer2024!",
        "Passwort:\nSommer2024!",
        "Username: bob\nPassword:\n\nSommer2024!",
    ],
)
def test_a_chosen_word_behind_a_word_for_a_password_is_one(text):
    """In every language whose word for phone is known, and some more; in sentences, forms, tables, behind a stroke, in short."""
    assert {one.rstrip("!") for one in keys(text)} == {"Sommer2024"}


@pytest.mark.parametrize(
    "text", ["PIN: 4821", "Die PIN ist 4821", "Mein PIN lautet 4821.", "pin 는 4821", "PIN번호는 4821", "mi pin es 4821"]
)
def test_a_pin_is_four_digits_that_a_word_tells(text):
    """Digits alone are a PIN's."""
    assert keys(text) == ["4821"]


@pytest.mark.parametrize(
    "text",
    [
        "Das Passwort ist falsch.",
        "Falei com a senhora ontem.",
        "A senhora é 2ª da fila, com 100% certeza.",
        "Sorry, the password is required.",
        "The password must have 12 characters.",
        "The password is 12-16 characters long.",
        "The password is SHA256 hashed.",
        "The password is base64-encoded.",
        "Das Passwort ist 8-stellig.",
        "Das Passwort ist seit 01.02.2024 ungültig.",
        "The password expires in 90days!",
        "Password: changeme",
        "password: ********",
        "Password: <your-password>",
        "PASSWORD=${DB_PASSWORD}",
        "password = get_password()",
        'password = os.environ["DB_PASSWORD_1"]',
        "password = config.password1",
        "He passed 12 tests with 100% success",
        "pass 3 of 10: 99.5% done",
        "pin 13 is high",
        "Set pin 4 to 2048.",
        "The clave son 3 clases de 45min!",
        "My passport is C01X00T47.",
        "Pass me the 500ml bottle!",
        "See step 2: password reset on 2024-05-01.",
        "| password | string | required |",
        "| Field | Type |\n|---|---|\n| password | varchar(255) |",
        "Login on 2024-05-01 at 10:30 failed!",
        "User 3 / 4 logged in.",
        "user: 12 / 34",
        "Login / Register 2FA now!",
        "The account has 2 users, 14 groups!",
        "Passwort vergessen? Klicken Sie hier!",
        "The password manager we use is 1Password.",
        "password is stored in config2.yml",
        "The user's conto is 100% ok",
        "账户余额1000元！",
        "the secret is out!",
        "Is the token valid? No!",
        "Il conto: totale / 12,50€",
        "Compte rendu du 12/05/2024 : réunion!",
        "Acceso a 24h/7d!",
        "a sandi 5km race!",
        "code: passwords/index2.html",
        "password reset link: https://site.example/reset2",
        "The mot-clé 'pass' 100 times!",
        "konto: 12 / 500",
        "Set pin 4 to 2048 and pin 13 high.",
        "The password is required!",
    ],
)
def test_what_tells_no_password_is_left(text):
    """Plain words, counts, dates, names of methods, files, code, placeholders."""
    assert keys(text) == []


def test_the_mark_at_its_end_goes_with_a_password_and_the_full_stop_does_not():
    """What is left of a password is a part of it."""
    assert keys("Das Passwort ist Sommer2024! ok") == ["Sommer2024!"]
    assert keys("Das Passwort ist Sommer2024.") == ["Sommer2024"]
    assert keys("密码是Ｓｏｍｍｅｒ２０２４！谢谢") == ["Ｓｏｍｍｅｒ２０２４"]


def test_a_name_before_the_stroke_stays():
    """`user/pass: bob/...` hides the password alone."""
    assert keys("user/pass: bob/Sommer2024!") == ["Sommer2024!"]
    assert keys("login: bob / Sommer2024!") == ["Sommer2024!"]


@pytest.mark.parametrize("value", ["required!", "8-stellig", "12-16", "config2.yml", "${X1}", "user.name2", "AES256", "********"])
def test_values_that_nobody_chose(value):
    """They hold a digit or a sign and are no password all the same."""
    assert not chosen(value)
