"""Sets that grow together: which of many things belong to one another, through however many others."""

from __future__ import annotations


class Joined:
    """Sets that grow together (union-find)."""

    def __init__(self, count: int) -> None:
        """Begin with `count` sets of one."""
        self._parent = list(range(count))

    def find(self, i: int) -> int:
        """Return the one that stands for the set of `i`."""
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def union(self, i: int, j: int) -> None:
        """Make one set of two."""
        i, j = self.find(i), self.find(j)
        self._parent[max(i, j)] = min(i, j)

    def numbers(self) -> list[int]:
        """Return each member's set, numbered from 0 in order of first appearance."""
        seen: dict[int, int] = {}
        return [seen.setdefault(self.find(i), len(seen)) for i in range(len(self._parent))]
