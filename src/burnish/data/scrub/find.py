"""All private things of one text, each place claimed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from burnish.data.scrub.addresses import addresses
from burnish.data.scrub.ascii_forms import ascii_forms
from burnish.data.scrub.found import KINDS, Found, apart
from burnish.data.scrub.names import persons
from burnish.data.scrub.numbers import cards, ibans
from burnish.data.scrub.phones import phones
from burnish.data.scrub.secrets import secrets
from burnish.data.scrub.web import ips, mails, urls

_FINDERS: dict[str, Callable[[str], Iterator[Found]]] = {
    "key": secrets,
    "url": urls,
    "mail": mails,
    "iban": ibans,
    "card": cards,
    "ip": ips,
    "phone": phones,
    "address": addresses,
    "person": persons,
}


def private_things(text: str, kinds: Sequence[str] = KINDS) -> list[Found]:
    """Return the private things of these kinds in a text, in order, none over another. Time is linear in the text's length.

    >>> [(one.kind, one.text) for one in private_things("Mail ann@site.example from 10.1.2.3.", ("mail", "ip"))]
    [('mail', 'ann@site.example'), ('ip', '10.1.2.3')]
    """
    return apart(every_find(text, kinds))


def every_find(text: str, kinds: Iterable[str], row: str = "") -> Iterator[Found]:
    """Yield what each kind's rules find in a text, one over another too; `row` is all of the row it stands in, where it is a part.

    The rules read the text in ASCII's forms; what they find is told as it was written.

    >>> [one.text for one in every_find("Try 22 34 56 78.", ("phone",), "I live in Norway. Try 22 34 56 78.")]
    ['22 34 56 78']
    """
    forms = ascii_forms(text)
    for kind in kinds:
        for one in phones(forms.text, row) if kind == "phone" else _FINDERS[kind](forms.text):
            yield forms.as_written(one)
