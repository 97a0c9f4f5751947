"""Headers that nobody can see while the manifest is written: what includes them is yet to be made.

SCons scans a file when it is there. Ninja learns of headers from the compiler, once it has run; so
a compile whose source or header this run makes waits for all headers that it makes.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec.structs import replace

from ltogen.model.action import Action

_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".h++", ".H", ".inc", ".inl", ".ipp", ".tcc", ".def")


def ordered(actions: list[Action], unseen: frozenset[str]) -> list[Action]:
    """The actions, those that make something of `unseen` behind all headers that are made.

    But for headers that are made by what such an action makes.
    """
    makers = {path: place for place, action in enumerate(actions) for path in action.made}
    headers = [path for path in makers if path.endswith(_HEADERS)]
    if not headers or not unseen:
        return actions
    users: dict[int, set[int]] = defaultdict(set)
    for place, action in enumerate(actions):
        for path in (*action.inputs, *action.implicit, *action.order_only):
            if path in makers:
                users[makers[path]].add(place)
    return [_behind_headers(action, place, headers, makers, users)
            if action.outputs[0] in unseen else action for place, action in enumerate(actions)]


def _behind_headers(action: Action, place: int, headers: list[str], makers: dict[str, int],
                    users: dict[int, set[int]]) -> Action:
    later = _reached(place, users)
    known = {*action.inputs, *action.implicit, *action.order_only}
    more = tuple(path for path in headers if makers[path] not in later and path not in known)
    for path in more:
        users[makers[path]].add(place)
    return replace(action, order_only=(*action.order_only, *more)) if more else action


def _reached(place: int, users: dict[int, set[int]]) -> set[int]:
    """An action and all that depend on it."""
    found, waiting = {place}, [place]
    while waiting:
        new = users[waiting.pop()] - found
        found |= new
        waiting += new
    return found
