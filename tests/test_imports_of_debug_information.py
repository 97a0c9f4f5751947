"""What a backend reads of another module's debug information: only what belongs to its imports."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from llvmlite import binding

from ltogen.incremental import facts, reader
from ltogen.incremental.facts import Facts
from tests.support.system_toolchain import CC, MAJOR, SYSTEM, needs_clang

_MODULE = """\
source_filename = "e.c"
target triple = "x86_64-pc-linux-gnu"

@listed = global i32 0, !dbg !20

define i32 @taken(ptr %0) !dbg !10 {
    #dbg_value(ptr %0, !13, !DIExpression(), !14)
  %2 = load i32, ptr %0, align 4, !dbg !14
  ret i32 %2, !dbg !15
}

define void @other() !dbg !30 {
  ret void, !dbg !31
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!4}

!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, producer: "clang", isOptimized: true,\
 runtimeVersion: 0, emissionKind: FullDebug, enums: !2, globals: !3, imports: !6)
!1 = !DIFile(filename: "e.c", directory: "/d", checksumkind: CSK_MD5,\
 checksum: "00000000000000000000000000000001")
!2 = !{!40}
!3 = !{!20}
!4 = !{i32 2, !"Debug Info Version", i32 3}
!6 = !{!50, !51}
!7 = !DIBasicType(name: "int", size: 32, encoding: DW_ATE_signed)
!10 = distinct !DISubprogram(name: "taken", scope: !1, file: !1, line: 5, type: !11,\
 unit: !0, spFlags: DISPFlagDefinition, retainedNodes: !16)
!11 = !DISubroutineType(types: !12)
!12 = !{!7, !60}
!13 = !DILocalVariable(name: "list", arg: 1, scope: !10, file: !1, line: 5, type: !60)
!14 = !DILocation(line: 6, column: 3, scope: !10)
!15 = !DILocation(line: 7, column: 3, scope: !17)
!16 = !{!13}
!17 = distinct !DILexicalBlock(scope: !10, file: !1, line: 6, column: 2)
!20 = !DIGlobalVariableExpression(var: !21, expr: !DIExpression())
!21 = distinct !DIGlobalVariable(name: "listed", scope: !0, file: !1, line: 2, type: !7)
!30 = distinct !DISubprogram(name: "other", scope: !1, file: !1, line: 9, type: !11,\
 unit: !0, spFlags: DISPFlagDefinition)
!31 = !DILocation(line: 10, scope: !30)
!40 = !DICompositeType(tag: DW_TAG_enumeration_type, name: "unused", file: !1, line: 1, size: 32)
!50 = !DIImportedEntity(tag: DW_TAG_imported_module, scope: !0, entity: !7, file: !1, line: 3)
!51 = !DIImportedEntity(tag: DW_TAG_imported_module, scope: !17, entity: !7, file: !1, line: 4)
!60 = !DIDerivedType(tag: DW_TAG_pointer_type, baseType: !61, size: 64)
!61 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "list", file: !1, line: 3,\
 size: 128, elements: !62)
!62 = !{!63, !64}
!63 = !DIDerivedType(tag: DW_TAG_member, name: "next", baseType: !60, size: 64)
!64 = !DIDerivedType(tag: DW_TAG_member, name: "value", baseType: !7, size: 32, offset: 64)
"""

_SEEN = {
    "a line": ("!14 = !DILocation(line: 6", "!14 = !DILocation(line: 8"),
    "the line of a block": ("!DILexicalBlock(scope: !10, file: !1, line: 6",
                            "!DILexicalBlock(scope: !10, file: !1, line: 8"),
    "a member of a type that has itself inside": ('name: "value"', 'name: "number"'),
    "which member has the type itself": ("!62 = !{!63, !64}", "!62 = !{!64, !63}"),
    "a variable's name": ('name: "list", arg: 1', 'name: "chain", arg: 1'),
    "the file's checksum": ('000001"', '000002"'),
    "the compiler's name": ('producer: "clang"', 'producer: "other"'),
    "a using directive in a function": ("entity: !7, file: !1, line: 4",
                                        "entity: !7, file: !1, line: 5"),
    "a type that is unique in the program": (
        'name: "unused", file: !1, line: 1, size: 32)',
        'name: "unused", file: !1, line: 1, size: 32, identifier: "unused")'),
}
_NOT_SEEN = {
    "another function's line": ("line: 9, type", "line: 12, type"),
    "another function's location": ("!DILocation(line: 10", "!DILocation(line: 11"),
    "an enumeration in the unit's list": ('name: "unused", file: !1, line: 1',
                                          'name: "unused", file: !1, line: 2'),
    "a variable in the unit's list": ('name: "listed", scope: !0, file: !1, line: 2',
                                      'name: "listed", scope: !0, file: !1, line: 3'),
    "a using directive of the file": ("entity: !7, file: !1, line: 3",
                                      "entity: !7, file: !1, line: 2"),
    "one list less": ("enums: !2, ", ""),
}


def _facts(text: str, other: Facts | None = None) -> Facts:
    bitcode = binding.parse_assembly(text, binding.create_context()).as_bitcode()
    found = reader.facts_of(bitcode, other=other)
    assert found is not None
    return found


def _changed(edit: tuple[str, str]) -> list[str]:
    assert _MODULE.count(edit[0]) == 1, "the edit is to be of one place"
    return facts.changed(_facts(_MODULE), _facts(_MODULE.replace(*edit)), {facts.guid(b"taken")})


@pytest.mark.parametrize("what", _SEEN)
def test_debug_information_of_what_is_taken_is_seen(what: str) -> None:
    assert _changed(_SEEN[what])


@pytest.mark.parametrize("what", _NOT_SEEN)
def test_debug_information_of_anything_else_is_not(what: str) -> None:
    assert _changed(_NOT_SEEN[what]) == []


@needs_clang
@pytest.mark.skipif(MAJOR < 22, reason="this clang cannot read what llvmlite writes")
def test_the_importers_object_is_the_same_where_nothing_is_seen(tmp_path: Path) -> None:
    assert SYSTEM is not None
    (tmp_path / "m.c").write_text("int taken(void *); int start(void *p) { return taken(p); }")
    _clang(tmp_path, "-g", "-flto=thin", "-c", "m.c", "-o", "m.o")
    _bitcode(tmp_path, _MODULE)
    run = [*SYSTEM.ld, "-shared", "--thinlto-index-only", "-o", "/dev/null", "m.o", "e.o"]
    subprocess.run(run, cwd=tmp_path, check=True)
    first = _object(tmp_path)
    for what, edit in _NOT_SEEN.items():
        _bitcode(tmp_path, _MODULE.replace(*edit))
        assert _object(tmp_path) == first, what
    _bitcode(tmp_path, _MODULE.replace(*_SEEN["a line"]))
    assert _object(tmp_path) != first, "nothing is imported"


def _bitcode(folder: Path, text: str) -> None:
    (folder / "e.ll").write_text(text)
    _clang(folder, "-flto=thin", "-c", "-x", "ir", "e.ll", "-o", "e.o")


def _object(folder: Path) -> bytes:
    _clang(folder, "-c", "-x", "ir", "m.o", "-fthinlto-index=m.o.thinlto.bc", "-o", "native.o",
           "-mllvm", "-use-source-filename-for-promoted-locals")
    return (folder / "native.o").read_bytes()


def _clang(folder: Path, *words: str) -> None:
    subprocess.run([CC, "-O2", *words], cwd=folder, check=True)


def test_symbols_are_not_looked_for_where_each_importer_sees_a_difference() -> None:
    old = _facts(_MODULE)
    same = _facts(_MODULE.replace("line: 9, type", "line: 12, type"), old)
    other = _facts(_MODULE.replace('000001"', '000002"'), old)
    assert same.symbols is not None
    assert other.symbols is None
    kept = facts.unpack(other.pack())
    assert kept is not None
    assert kept.symbols is None
    assert facts.changed(old, other, set()) == ["what every import brings"]
    assert facts.changed(other, kept, set()) == ["something that nobody looked for"]
