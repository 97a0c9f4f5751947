"""What lld reads for a command line: its inputs, every other file, and where it looks in vain.

`read` goes through a line as lld's driver does (readConfigs, createFiles, and the libraries that
objects ask for), over a file system that may also hold what a build has yet to make.
"""

from __future__ import annotations

from ltogen.linker import file_kind, options
from ltogen.linker.command_line import INPUT, Argument, CommandLine
from ltogen.linker.file_system import FileSystem
from ltogen.linker.search import Search
from ltogen.linker.state import State

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltogen.base import ar
    from ltogen.linker.remap_inputs import RemapInputs

# Where an input was named.
WORD, LIBRARY, IN_SCRIPT, DEPENDENT = "word", "library", "script", "dependent library"
# Of these options lld reads the file of the last one alone.
_LAST = frozenset(("call-graph-ordering-file", "irpgo-profile", "lto-cs-profile-file",
                   "lto-sample-profile", "retain-symbols-file", "symbol-ordering-file"))
_WITH_SECTIONS = (file_kind.OBJECT, file_kind.BITCODE, file_kind.ARCHIVE, file_kind.THIN_ARCHIVE)


class Input:
    """One input. `argument` is what names it, itself or by the script `by`, if that is not empty.

    `word` is how a line would name it: its path, or `-lNAME` where that is looked for (and as its
    path, if a script names a library that nobody finds). `members` are the files of a thin archive;
    the other attributes are those of State.
    """

    __slots__ = ("argument", "as_needed", "binary", "by", "kind", "lazy", "members", "path",
                 "static", "where", "whole_archive", "word")

    def __init__(self, path: str, kind: str, where: str, by: str, argument: Argument | None,
                 word: str, state: State) -> None:
        self.path, self.kind, self.where, self.by, self.argument = path, kind, where, by, argument
        self.word = word or path
        self.members: tuple[str, ...] = ()
        self.whole_archive, self.lazy = state.whole_archive, state.lazy
        self.as_needed, self.static, self.binary = state.as_needed, state.static, state.binary


class Inputs:
    """What a command line reads.

    `files` are all that lld would open, thin archives' members among them, `absent` where it would
    look before it finds something elsewhere or nothing at all, `problems` why it would refuse.
    `scripts` are all linker scripts, `further` is what they say besides: the argument, the script,
    and the directive.
    """

    __slots__ = ("absent", "files", "further", "inputs", "output", "problems", "scripts")

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.files: dict[str, None] = {}
        self.absent: dict[str, None] = {}
        self.problems: list[str] = []
        self.further: list[tuple[Argument | None, str, str]] = []
        self.output = ""  # of a script's OUTPUT
        self.scripts: list[str] = []


def read(line: CommandLine, files: FileSystem, *, look_inside: bool = True) -> Inputs:
    """All that lld would read for a line.

    `look_inside` objects and archives: only then are fat LTO objects told from others, and the
    libraries found that objects ask for by `.deplibs` sections. Those of archive members count
    whether the link takes the members or not.
    """
    reader = _Reader(line, files)
    reader.read_options(line)
    reader.read_line(line)
    if look_inside:
        reader.look_inside(dependent=line.is_on("dependent-libraries", default=True))
    return reader.found


def _remapped(line: CommandLine, files: FileSystem) -> RemapInputs | None:
    if not line.values("remap-inputs", "remap-inputs-file"):
        return None
    from ltogen.linker.remap_inputs import RemapInputs

    return RemapInputs(line, files)


class _Reader:
    def __init__(self, line: CommandLine, files: FileSystem) -> None:
        self._files, self._state = files, State(line)
        self._search = Search(files, line.values("library-path"), line.last("sysroot"))
        self._nostdlib = line.has("nostdlib")
        self._remapped = _remapped(line, files)
        self._within: tuple[str, ...] = ()  # scripts that name scripts
        self._argument: Argument | None = None
        self._asked: set[str] = set()  # dependent libraries
        self.found = Inputs()

    def read_options(self, line: CommandLine) -> None:
        """The files that options name, wherever they stand."""
        for name in options.FILES_READ:
            values = line.values(name)
            for path in values[-1:] if name in _LAST else values:
                self._read_file(path)
        for name in line.values("version-script"):
            self._find_script(name)

    def read_line(self, line: CommandLine) -> None:
        """The inputs and scripts in their order."""
        default = ""
        for argument in line.arguments:
            self._argument = argument
            if argument.option == INPUT:
                self._add(argument.text, WORD)
            elif argument.option == "library":
                self._library(argument.text, LIBRARY)
            elif argument.option == "script":
                self._script(self._find_script(argument.text))
            elif argument.option == "default-script":
                default = self._find_script(argument.text)
            else:
                self._state.follow(argument)
        if default and not line.has("script"):
            self._script(default)

    def _find_script(self, name: str) -> str:
        path, absent = self._search.script(name)
        self.found.absent.update(dict.fromkeys(absent))
        if path:
            return self._read_file(path)
        self.found.problems.append(f"cannot find linker script {name}")
        return ""

    def _read_file(self, path: str) -> str:
        """Note that a file is read; the path that is read in its place."""
        path = self._remapped.of(path) if self._remapped else path
        (self.found.files if self._files.exists(path) else self.found.absent)[path] = None
        return path

    def _library(self, name: str, where: str, by: str = "") -> None:
        path, absent = self._search.library(name, static=self._state.static)
        self.found.absent.update(dict.fromkeys(absent))
        if path:
            self._add(path, where, by, f"-l{name}")
        else:
            self.found.problems.append(f"unable to find library -l{name}")
            if where == IN_SCRIPT:
                self.found.inputs.append(Input(f"-l{name}", file_kind.MISSING, where, by,
                                               self._argument, "", self._state))

    def _add(self, path: str, where: str, by: str = "", word: str = "") -> None:
        path = self._read_file(path)
        kind = self._kind(path)
        found = Input(path, kind, where, by, self._argument, word, self._state)
        self.found.inputs.append(found)
        if kind == file_kind.MISSING:
            self.found.problems.append(f"cannot open {path}")
        elif kind == file_kind.THIN_ARCHIVE:
            found.members = tuple(member for *_, member in self._members(path))
            for member in found.members:
                self._read_member(member)
        elif kind == file_kind.SCRIPT:
            self._script(path)

    def _read_member(self, path: str) -> None:
        # (No mapping of inputs counts for members.)
        (self.found.files if self._files.exists(path) else self.found.absent)[path] = None

    def _kind(self, path: str) -> str:
        if self._files.is_made(path):
            return file_kind.MADE
        head = self._files.head(path)
        if head is None:
            return file_kind.MISSING
        return file_kind.BINARY if self._state.binary else file_kind.of(head)

    def _members(self, path: str) -> list[ar.Member]:
        from ltogen.base import ar

        try:
            return ar.members(path, self._files.read(path) or b"")
        except ar.ArchiveError as error:
            self.found.problems.append(str(error))
            return []

    def _script(self, path: str) -> None:
        """The inputs that a script names, in the place of itself."""
        if not path or not self._is_there(path):
            return
        # Loaded here: most lines have no script.
        from ltogen.linker import script

        if path in self._within:
            self.found.problems.append(f"{path} names itself")
            return
        self._within += (path,)
        try:
            for command, words, by in script.commands(path, self._text(path), self._include):
                self._follow_script(command, words, by)
        except script.ScriptError as error:
            self.found.problems.append(f"{path}: {error}")
        self._within = self._within[:-1]

    def _text(self, path: str) -> str:
        data = self._files.read(path)
        return "" if data is None else data[:].decode("utf-8", "surrogateescape")

    def _include(self, name: str) -> tuple[str, str]:
        path = self._find_script(name)
        return path, self._text(path) if path and self._is_there(path) else ""

    def _is_there(self, script: str) -> bool:
        self.found.scripts.append(script)
        return not self._files.is_made(script)

    def _follow_script(self, command: str, words: list[tuple[str, str]], by: str) -> None:
        name = words[0][0] if words else ""
        if command not in ("INPUT", "GROUP", "OUTPUT_ARCH") and not (
                command == "OUTPUT_FORMAT" and name.startswith("elf") and "freebsd" not in name):
            self.found.further.append((self._argument, by, command))
        if command == "SEARCH_DIR":
            self._search.folders += [] if self._nostdlib else [name]
        elif command == "TARGET":
            self._state.binary = name == "binary"
        elif command == "OUTPUT":
            self.found.output = self.found.output or name
        elif command in ("INPUT", "GROUP"):
            for word, needed in words:
                as_needed = self._state.as_needed
                self._state.as_needed |= bool(needed)
                self._of_script(word, by)
                self._state.as_needed = as_needed

    def _of_script(self, name: str, by: str) -> None:
        """One name of INPUT or GROUP: of the sysroot, a library, or a file here or beside."""
        root = self._search.sysroot
        if name.startswith("/") and root and self._files.is_under(by, root):
            name = root + name
        elif name.startswith("="):
            name = f"{root}/{name[1:]}" if root else name[1:]
        elif name.startswith("-l"):
            return self._library(name[2:], IN_SCRIPT, by)
        elif not name.startswith("/"):
            return self._beside(name, by)
        return self._add(name, IN_SCRIPT, by)

    def _beside(self, name: str, by: str) -> None:
        folder, slash, _ = by.rpartition("/")
        places = [*([f"{folder}{slash}{name}"] if slash else []), name]
        for path in places:
            if self._files.exists(path):
                return self._add(path, IN_SCRIPT, by)
            self.found.absent[path] = None
        path, absent = self._search.file(name)
        self.found.absent.update(dict.fromkeys(absent))
        if path:
            return self._add(path, IN_SCRIPT, by, f"-l:{name}")
        self.found.problems.append(f"{by}: unable to find {name}")
        self.found.further.append((self._argument, by, name))
        return None

    def look_inside(self, *, dependent: bool) -> None:
        """Tell fat LTO objects, and add the libraries that objects ask for; these may ask again."""
        from ltogen.base import elf

        self._argument = None
        for found in self.found.inputs:  # which grow
            if found.kind not in _WITH_SECTIONS:
                continue
            for name in self._dependent(found) if dependent else ():
                self._dependent_library(name, found)
            if found.kind == file_kind.OBJECT and elf.bitcode(self._files.read(found.path) or b""):
                found.kind = file_kind.FAT_OBJECT

    def _dependent(self, found: Input) -> Iterator[str]:
        from ltogen.linker import contents

        for path in found.members or (found.path,):
            data = self._files.read(path)
            if data is None:
                continue
            if found.kind == file_kind.ARCHIVE:
                yield from contents.dependent_libraries_of_members(data, self._members(path))
            else:
                yield from contents.dependent_libraries(data)

    def _dependent_library(self, name: str, by: Input) -> None:
        path, absent = self._search.dependent(name, static=self._state.static)
        self.found.absent.update(dict.fromkeys(absent))
        if not path:
            if not by.lazy and (by.whole_archive or by.kind in (
                    file_kind.OBJECT, file_kind.BITCODE)):
                self.found.problems.append(f"{by.path}: unable to find library {name}")
        elif path not in self._asked:
            self._asked.add(path)
            self._add(path, DEPENDENT, by.path)
