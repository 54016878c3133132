"""What a loss of power could leave: every state of the disk that unsynced writes allow, after every operation of a recorded run.

The operations are seen where they happen (Python's own audit events and `os.fsync`), not where burnish tells of them. The model
is the weakest a file system may be (Pillai 2014): a file's content is sure after its own fsync, a name after the fsync of the
folder it is in; of what is not sure, any part may be there. Not covered: disks that lie about fsync.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
from pathlib import Path

MOST = 48
"""States tried at one moment at most; where there are more, that many are drawn."""


class _File:
    def __init__(self):
        self.sure = b""
        self.now = b""


class Recorder:
    """Follows all that is done below one folder, and collects the states a loss of power could leave."""

    current = None

    def __init__(self, root: Path, seed: int):
        self.root = str(root)
        self.random = random.Random(seed)
        self.acknowledged = ()
        self.states = {}
        self.sure = {"": "folder"}  # what is on the disk whatever happens: path -> _File or "folder"
        self.now = {"": "folder"}
        self.pending = []  # (folder, change), in order: names that are not sure
        self.dirty = set()  # paths written to since their last fsync
        self.operations = 0
        self.broken_off = 0

    def __enter__(self):
        _hook_once()
        self._fsync, Recorder.current = os.fsync, self
        os.fsync = self._on_fsync
        return self

    def __exit__(self, *_):
        os.fsync, Recorder.current = self._fsync, None

    def acknowledge(self, *facts):
        """Say what a person was told: from now on it must survive."""
        self.moment()
        self.acknowledged = facts

    # what happens

    def event(self, name, arguments):
        if name == "open" and isinstance(arguments[0], str | os.PathLike) and _writes(arguments[1], arguments[2]):
            self._write(self._inside(arguments[0]), arguments)
        elif name == "os.mkdir" and not os.path.exists(arguments[0]):
            self._change(self._inside(arguments[0]), lambda state, path: state.__setitem__(path, "folder"))
        elif name == "os.link":
            source, target = self._inside(arguments[0]), self._inside(arguments[1])
            file = self.now.get(source)
            self._change(target, lambda state, path: state.__setitem__(path, file))
        elif name == "os.rename":
            source, target = self._inside(arguments[0]), self._inside(arguments[1])
            if source is not None:
                self.moment()
                self.dirty = {
                    target + path[len(source) :] if f"{path}/".startswith(f"{source}/") else path for path in self.dirty
                }
                self._change(target, lambda state, path: _moved(state, source, path))
        elif name in ("os.remove", "os.rmdir") and os.path.lexists(arguments[0]):
            self._change(self._inside(arguments[0]), lambda state, path: state.pop(path, None))

    def _inside(self, path):
        path = os.path.abspath(os.fspath(path))
        return os.path.relpath(path, self.root) if path.startswith(self.root + os.sep) else None

    def _write(self, path, arguments):
        if path is None or os.path.basename(path) == "lock":  # what a lock file holds is only ever a note
            return
        self.moment()
        if path not in self.now:
            file = _File()
            self._change(path, lambda state, name: state.setdefault(name, file))
        self.dirty.add(path)

    def _change(self, path, change):
        if path is None:
            return
        self.moment()
        self.operations += 1
        change(self.now, path)
        self.pending.append((os.path.dirname(path), change, path))

    def _on_fsync(self, descriptor):
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        self._fsync(descriptor)
        inside = "" if path == self.root else self._inside(path)
        if inside is None:
            return
        self.moment()
        self.operations += 1
        if os.path.isdir(path):
            for _folder, change, name in [one for one in self.pending if one[0] == inside]:
                change(self.sure, name)
            self.pending = [one for one in self.pending if one[0] != inside]
        elif inside in self.now:
            self.now[inside].sure = self.now[inside].now
            self.dirty.discard(inside)

    # what could be left

    def moment(self):
        """Collect the states that a loss of power at this moment could leave."""
        for path in self.dirty & self.now.keys():
            if os.path.exists(os.path.join(self.root, path)):
                self.now[path].now = Path(self.root, path).read_bytes()
        loose = {id(file): file for file in self.now.values() if isinstance(file, _File) and file.sure != file.now}
        contents = [[(key, text) for text in _parts(file)] for key, file in loose.items()]
        names = [[False, True]] * len(self.pending)
        for choice in self._some([*contents, *names]):
            texts = dict(choice[: len(contents)])
            state = dict(self.sure)
            for here, (_, change, path) in zip(choice[len(contents) :], self.pending, strict=True):
                if here:
                    change(state, path)
            self._keep(state, texts)

    def _some(self, choices):
        number = 1
        for one in choices:
            number *= len(one)
        if number <= MOST:
            return itertools.product(*choices)
        self.broken_off += 1
        ends = [[one[0] for one in choices], [one[-1] for one in choices]]
        return [*ends, *([self.random.choice(one) for one in choices] for _ in range(MOST - 2))]

    def _keep(self, state, texts):
        whole = {}
        for path in sorted(state):
            above = os.path.dirname(path)
            if path and state[path] is not None and (above == "" or whole.get(above, b"") is None):
                file = state[path]
                whole[path] = None if file == "folder" else texts.get(id(file), file.sure)
        self.states[self.acknowledged, tuple(whole.items())] = None


def _parts(file):
    return list(dict.fromkeys([file.sure, file.now[: len(file.now) // 2], b"", file.now]))


def _moved(state, source, target):
    moved = {path: file for path, file in state.items() if path == source or path.startswith(source + os.sep)}
    for path in moved:
        del state[path]
    state.update({target + path[len(source) :]: file for path, file in moved.items()})


def _writes(mode, flags):
    return any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool(flags & (os.O_WRONLY | os.O_RDWR))


def _hook_once():
    if not getattr(Recorder, "hooked", False):
        Recorder.hooked = True
        sys.addaudithook(lambda name, arguments: Recorder.current and Recorder.current.event(name, arguments))


def put(folder: Path, state) -> Path:
    """Lay a state out on the disk."""
    for path, content in state:
        if content is None:
            (folder / path).mkdir(parents=True)
        else:
            (folder / path).write_bytes(content)
    return folder
