"""The objects of a JSON list in an export, a broken one named and the rest read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from burnish.data.files.cursor import Cursor, CursorError
from burnish.data.files.desk import Desk
from burnish.data.files.member import Member
from burnish.data.files.store import Store
from burnish.data.files.text import decoded

Numbered = Iterator[tuple[int, dict[str, Any]]]
"""Objects with their 1-based number in the list."""


def cursor_of(store: Store, member: Member, desk: Desk) -> Cursor:
    """Return a cursor at the beginning of a member."""
    return Cursor(decoded(store, member, desk))


def objects(cursor: Cursor, member: Member, desk: Desk) -> Numbered:
    """Yield the objects of the array at the cursor; what is broken or no object goes to the desk."""
    number, places = 0, cursor.elements()
    while True:
        try:
            for _ in places:
                number += 1
                value = cursor.value()
                if isinstance(value, dict):
                    yield number, value
                else:
                    desk.fault(
                        member.shown,
                        "this is no object",
                        place=f"element {number}",
                        seen=str(value)[:60],
                        remedy="it was left out",
                    )
        except CursorError as error:
            broken(error, member, desk, number)
            if not cursor.skip_broken():
                return
            places = cursor.rest()
        else:
            return


def broken(error: CursorError, member: Member, desk: Desk, number: int = 0) -> None:
    """Note that a member is no JSON at a place."""
    place = f"character {error.character}" + (f" (element {number})" if number else "")
    remedy = "what could be read around it was; export the file again to have it whole"
    desk.fault(member.shown, f"not JSON: {error.what}", place=place, seen=error.seen, remedy=remedy)


def whole(store: Store, member: Member | None, desk: Desk) -> Any:
    """Return the whole value of a small member, or None where it is not there or broken."""
    if member is None:
        return None
    try:
        return cursor_of(store, member, desk).value()
    except CursorError as error:
        broken(error, member, desk)
        return None


def members_of(store: Store, member: Member, desk: Desk, key: str) -> Iterator[tuple[dict[str, Any], Numbered]]:
    """Yield (head, objects) for the list under `key` of a member that is one object; the head holds the keys before it.

    A member that is itself a list is taken as that list. The objects must be taken before the next step.
    """
    cursor = cursor_of(store, member, desk)
    head: dict[str, Any] = {}
    try:
        if cursor.peek() == "[":
            yield head, objects(cursor, member, desk)
            return
        for name in cursor.fields():
            if name == key and cursor.peek() == "[":
                yield head, objects(cursor, member, desk)
            else:
                head[name] = cursor.value()
    except CursorError as error:
        broken(error, member, desk)
