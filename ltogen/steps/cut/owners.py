"""Which codegen unit defines each global, and the name that other units know it by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ltogen.steps.cut import clusters, homes, places
from ltogen.steps.cut.text import Global, Text, mark


class Owners:
    """Which of `count` codegen units of a module has each global."""

    def __init__(self, text: Text, count: int, key: str) -> None:
        """`key` is unique to the module in a program."""
        clusters.check_assembler(text)
        apart = clusters.copied(text)
        self.unit: dict[str, int] = {}
        users = clusters.users(text)
        found = clusters.clusters(text, count, apart, users)
        code = [cluster for cluster in found if cluster.instructions]
        for number, members in enumerate(places.units(code, count, users)):
            for cluster in members:
                self.unit.update((one.name, number) for one in cluster.members)
        homes.bring(self.unit, code, count, users)
        self._place_data(users, [cluster for cluster in found if not cluster.instructions])
        self.copies = [self._copies(text, apart, number) for number in range(count)]
        self.crossing = self._crossing(text)
        # (Of six characters: hundreds of modules may have a local of one name.)
        self.names = self._renamed(text, mark(key, 6))

    def _copies(self, text: Text, apart: set[str], number: int) -> set[str]:
        """The globals that a unit copies: those that its own globals or other copies name."""
        own = (one.refs for one in text.globals.values() if self.unit.get(one.name) == number)
        found: set[str] = set()
        waiting = set().union(*own) & apart
        while waiting:
            found |= waiting
            waiting = set().union(*(text.globals[name].refs for name in waiting)) & apart - found
        return found

    def _place_data(self, users: Mapping[str, list[Global]],
                    waiting: list[clusters.Cluster]) -> None:
        """Give data to the first unit that names it, directly or by other data."""
        while waiting:
            left = []
            for cluster in waiting:
                near = [self.unit[user.name] for one in cluster.members for user in users[one.name]
                        if user.name in self.unit]
                if near:
                    self.unit.update((one.name, min(near)) for one in cluster.members)
                else:
                    left.append(cluster)
            if len(left) == len(waiting):
                # Nobody names it, or it names itself in a ring.
                self.unit.update((one.name, 0) for cluster in left for one in cluster.members)
                return
            waiting = left

    def _crossing(self, text: Text) -> set[str]:
        """The globals that another unit than their own names."""
        found = {name for one in text.globals.values() if one.name in self.unit
                 for name in one.refs if self.unit.get(name, self.unit[one.name])
                 != self.unit[one.name]}
        for number, copies in enumerate(self.copies):
            found |= {name for copy in copies for name in text.globals[copy].refs
                      if self.unit.get(name, number) != number}
        return found

    def _renamed(self, text: Text, key: str) -> dict[str, str]:
        """New names: copies and numbered ones get a digest of their value, crossing ones the `key`.

        LLVM's numbers depend on the position in the module, and would change with it.
        """
        names: dict[str, str] = {}
        equal: Counter[str] = Counter()
        for one in text.globals.values():
            if not one.local:
                continue
            if one.kind == "variable" and one.name not in self.unit:
                names[one.name] = f"@.c{_of_value(one)}"
            elif one.name in self.crossing:
                stable = one.name if clusters.stable_name(one) else f"@.d{_of_value(one)}"
                equal[stable] += 1
                again = f".{equal[stable]}" if equal[stable] > 1 else ""
                names[one.name] = _with_suffix(stable, f"{again}.{key}")
        return names


def _with_suffix(name: str, suffix: str) -> str:
    return f'{name[:-1]}{suffix}"' if name.endswith('"') else name + suffix


def _of_value(one: Global) -> str:
    return mark(one.text.partition(" = ")[2], 8)
