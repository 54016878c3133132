"""The words for a password, for a login and for "is" in the languages in which scrub knows a phone, and some more.

Stems stand for their inflected forms ("hasłem", "jelszavam", "паролем"). What follows decides: a word alone makes nothing a password.
"""

from __future__ import annotations

import re

from burnish.data.scrub.found import words_in

_STEMS = (
    "passwor[dt] passwort[es]* passwörter passwd passphrase passcode pass-?code pswd zugangscode kennwort\\w{0,2} losungswort wachtwoord\\w{0,2} toegangscode"
    " contraseñas? contrasenyas? contrasenas? contrasinal\\w{0,2} pasahitz\\w{0,3} senhas? lösenord\\w{0,3} passord\\w{0,3} adgangskode\\w{0,2} kodeord\\w{0,3} lykilorð\\w{0,3}"
    " loyniorð\\w{0,2} salasan\\w{1,5} parool\\w{0,3} salasõn\\w{0,3} parol[eēiauyąęėəm]?\\w{0,4} slaptažod\\w{1,3} hasł\\w{1,4} hesl\\w{1,3} gesl\\w{1,3} lozink\\w{1,2}"
    " zapork\\w{1,2} jelsz\\w{1,6} ş[iı\u0130]fre\\w{0,6} sifre\\w{0,3} şifrə\\w{0,4} fjalëkalim\\w{0,3} wagwoord pasfhocal cyfrinair pasvorto nenosiri passwuert modpas ww mk chiave chave losung"
    " парол\\w{1,3} пароль лозинк\\w{1,3} шифр[аауе]? κωδικ\\w{1,3} συνθηματικ\\w{1,2} პაროლ\\w{1,4} գաղտնաբառ\\w{0,2}"
    " סיסמ\\w{1,4} pw pwd psw mdp pass(?!\\s?port)"
)
_PHRASES = (
    r"mots? de passe|codes? d['’]acc[èe]s|code secret|palavras?[- ]passe|parola d['’]ordine|parola chiave|codice (?:di accesso|segreto)"
    r"|(?:clave|código|contraseña)s? (?:de acceso|secret[ao])|clave|kata[- ]?(?:sandi|laluan)(?:nya|mu|ku)?|sandi|mật khẩu|aðgangsorð|құпия сөз|нууц үг|pass word|access code"
    r"|zugangsdaten|login data"
)
_CASELESS = (
    "סיסמה סיסמא סיסמת 密码 密碼 口令 パスワード 暗証番号 合言葉 비밀번호 비밀 번호 패스워드 암호 비번 รหัสผ่าน พาสเวิร์ด ລະຫັດຜ່ານ ពាក្យសម្ងាត់ စကားဝှက် पासवर्ड कूटशब्द পাসওয়ার্ড પાસવર્ડ"
    " ਪਾਸਵਰਡ கடவுச்சொல் పాస్‌వర్డ్ ಪಾಸ್‌ವರ್ಡ್ പാസ്‌വേഡ് මුරපදය كلمة المرور كلمة السر كلمة مرور الباسورد باسورد الرقم السري رمز عبور رمزعبور گذرواژه پسورد پاس ورڈ የይለፍ ቃል"
)


def _caseless() -> str:
    """Return the words of scripts without capitals: those of two words too, and as they stand once joiners are left out."""
    two = ("비밀 번호", "كلمة المرور", "كلمة السر", "كلمة مرور", "الرقم السري", "رمز عبور", "پاس ورڈ", "የይለፍ ቃል")
    plain = _CASELESS
    for one in two:
        plain = plain.replace(one, "")
    return "|".join(word.replace(" ", r"\s?").replace("\u200c", "") for word in (*two, *plain.split()))


CASELESS = _caseless()
PASSWORD = rf"(?:(?<![^\W_])(?:{_PHRASES}|{'|'.join(_STEMS.split())})(?![^\W_])|(?:{CASELESS})|パス(?=\s?[:=])|(?<!\w)pin(?:[- ]?(?:code|nummer|number|num|kod))?(?!\w))"
"""A word for a password; what stands beside an underscore is a name's part, and counts."""
IS = (
    r"(?:(?<![^\W_])(?:is|are|was|were|be|to|ist|war|sind|lautet|heißt|est|était|sera|es|era|é|è|era|sono|está|är|var|er|e|on|oli|jest|był[oa]?|to|je|byl[oa]?|este|volt|lett|a|yra|ir"
    r"|είναι|ήταν|это|был|є|це|е|olan|oldu|adalah|ialah|là|της|je|је|és|wäre|heter|blir|yw|ni|ay|është|estas|ass|hija|se|c['’]est)(?![^\W_])"
    r"|['’](?:s|est)(?![^\W_])|হল|हैं|है|था|هو|هي|كان|است|ہے|זה|היא|הוא|คือ|是|为|為|は|が|는|은|이|가|を)"
)
NOW = r"(?:now|still|currently|again|always|just|simply|jetzt|nun|noch|aktuell|wieder|immer|maintenant|toujours|ahora|ya|siempre|agora|ainda|sempre|adesso|ora|ancora|nu|nog|nå|teraz|nyní|teď|сейчас|теперь|зараз|şimdi|now:)"
LOGIN = re.compile(
    r"(?<!\w)(?:log[- ]?[io]ns?|log[io]n[- ]?daten|sign[- ]?in|user(?: ?names?| ?id)?|accounts?|credentials?|creds|zugang(?:sdaten)?|anmelde(?:daten|name)|anmeldung|benutzer(?:name)?|nutzer(?:name)?"
    r"|kennung|identifiants?|compte|utilisateur|usuario|acceso|credenciales|cuenta|utilizador|usuário|acesso|credenciais|conta|credenziali|accesso|utente|inloggegevens|inlog|gebruiker(?:snaam)?"
    r"|användar(?:e|namn)|inloggning|bruger(?:navn)?|bruker(?:navn)?|käyttäjä(?:tunnus)?|tunnus|kirjautuminen|użytkownik|dane logowania|konto|uživatel|přihlášení|prijava|korisnik|felhasználó"
    r"|bejelentkezés|utilizator|cont|kullanıcı(?: adı)?|giriş|hesap|логин|учётка|учетка|доступ|логін|χρήστης|σύνδεση|tài khoản|đăng nhập|akun|pengguna)(?!\w)"
    r"|账号|账户|帐号|帳號|用户名|用戶名|登录|登入|アカウント|ログイン|ユーザー名?|계정|아이디|로그인|ผู้ใช้|บัญชี|المستخدم|حساب|משתמש|लॉगिन|यूज़र",
    re.IGNORECASE,
)
"""A word for a login, behind which a name, a stroke and a password may stand."""


def _openings() -> tuple[str, ...]:
    """Return how the words for a password begin, in lower case."""
    letters = (re.split(r"[\\\[(]", word)[0] for word in _STEMS.split())
    plain = (re.sub(r".[?*].*|-.*", "", word) for word in letters)
    return tuple({word for word in plain if len(word) > 1} | {"şifr", "şi"})


_OPENINGS = _openings()
_FIRST_WORDS = frozenset(
    [
        "mot",
        "mots",
        "code",
        "codes",
        "palavra",
        "palavras",
        "parola",
        "codice",
        "clave",
        "claves",
        "código",
        "contraseña",
        "kata",
        "sandi",
        "laluan",
        "mật",
        "aðgangsorð",
        "құпия",
        "нууц",
        "access",
        "zugangsdaten",
        "login",
        "pin",
        "pincode",
        "pinnummer",
    ]
)
_SCRIPTS = tuple(sorted({"パス"} | {re.sub(r"\\s\?.*", "", word) for word in CASELESS.split("|")}))


def tells_of_one(text: str) -> bool:
    """Return whether a word for a password may stand in a text: where none does no search is needed."""
    words = words_in(text)
    if not _FIRST_WORDS.isdisjoint(words) or any(word.startswith(_OPENINGS) for word in words):
        return True
    return not text.isascii() and any(word in text for word in _SCRIPTS)
