"""What a backend reads of another module: an edit of that is seen, and no other one."""

from __future__ import annotations

from pathlib import Path

import pytest
from llvmlite import binding

from ltogen.incremental import facts, printed, reader
from ltogen.incremental.facts import Facts
from tests.support.system_toolchain import CC, MAJOR, needs_clang

_MODULE = """\
source_filename = "e.c"
target datalayout = "e-m:e-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

%struct.outer = type { i32, %struct.inner }
%struct.inner = type { i16, i64 }
%struct.other = type { i8 }

$shared = comdat any

@table = internal unnamed_addr constant [2 x i32] [i32 1, i32 2], align 4
@text = private unnamed_addr constant [3 x i8] c"a\\22\\00", align 1
@first = external global i32, align 4
@second = external global i32, align 4
@counter = internal global i32 0, align 4, !type !30
@unused_table = internal constant [2 x i32] [i32 3, i32 4], align 4
@same = alias i32, ptr @counter
@called_too = alias i32 (i32), ptr @target
@llvm.used = appending global [1 x ptr] [ptr @counter], section "llvm.metadata"

define i32 @taken(ptr noundef %0, i32 %1) local_unnamed_addr #0 personality ptr @handler !prof !20 {
  %3 = alloca %struct.outer, align 8
  %4 = load i32, ptr %0, align 4, !tbaa !1
  %5 = call i32 @declared(i32 noundef %4) #2 [ "bundle"(i32 1) ]
  %6 = call i32 asm "nop # $0", "=r"() #3, !srcloc !8
  %7 = load i32, ptr @counter, align 4
  %8 = load i32, ptr @first, align 4
  fence syncscope("singlethread") seq_cst
  call void @passed(ptr byval(%struct.outer) align 8 %3)
  br label %9

9:
  %10 = phi i32 [ 0, %2 ], [ %11, %9 ]
  %11 = add nuw nsw i32 %10, 1
  %12 = icmp eq i32 %11, %1
  br i1 %12, label %13, label %9, !llvm.loop !9

13:
  %14 = call i32 @called(i32 %5)
  %15 = call i32 @called_too(i32 %6)
  %16 = getelementptr inbounds [3 x i8], ptr @text, i64 0, i64 1
  %17 = call i32 @two_loops(i32 %14)
  ret i32 %17
}

define linkonce_odr i32 @in_comdat(i32 %0) comdat($shared) {
  ret i32 %0
}

define linkonce_odr i32 @beside(i32 %0) comdat($shared) {
  ret i32 0
}

define internal fastcc i32 @target(i32 %0) #1 {
  ret i32 %0
}

define i32 @called(i32 returned %0) local_unnamed_addr #1 {
  ret i32 %0
}

define i32 @two_loops(i32 %0) {
  br label %2

2:
  %3 = phi i32 [ 0, %1 ], [ %4, %2 ]
  %4 = add i32 %3, 1
  %5 = icmp eq i32 %4, %0
  br i1 %5, label %6, label %2, !llvm.loop !10

6:
  %7 = phi i32 [ 0, %2 ], [ %8, %6 ]
  %8 = add i32 %7, 1
  %9 = icmp eq i32 %8, %0
  br i1 %9, label %10, label %6, !llvm.loop !11

10:
  ret i32 %0
}

define void @scopes(ptr %0, ptr %1) {
  store i32 1, ptr %0, align 4, !alias.scope !40
  store i32 2, ptr %1, align 4, !noalias !40
  ret void
}

define void @more_scopes(ptr %0, ptr %1) {
  store i32 3, ptr %0, align 4, !alias.scope !40
  store i32 4, ptr %1, align 4, !noalias !40
  ret void
}

define i32 @not_taken(i32 %0) #4 {
  %2 = call i32 @called(i32 %0)
  %3 = alloca %struct.other, align 8
  ret i32 %2
}

declare i32 @declared(i32 noundef) local_unnamed_addr #2
declare void @passed(ptr)
declare i32 @handler(...)

attributes #0 = { nounwind "target-cpu"="x86-64" }
attributes #1 = { nounwind memory(none) }
attributes #2 = { nounwind willreturn }
attributes #3 = { nounwind memory(none) "inline" }
attributes #4 = { cold }

!llvm.module.flags = !{!6}
!llvm.ident = !{!7}

!1 = !{!2, !2, i64 0}
!2 = !{!"int", !3, i64 0}
!3 = !{!"omnipotent char", !4, i64 0}
!4 = !{!"Simple C/C++ TBAA"}
!6 = !{i32 1, !"wchar_size", i32 4}
!7 = !{!"clang"}
!8 = !{i64 100}
!9 = distinct !{!9, !12}
!10 = distinct !{!10, !12}
!11 = distinct !{!11, !12}
!12 = !{!"llvm.loop.mustprogress"}
!20 = !{!"function_entry_count", i64 5}
!30 = !{i64 0, !"type id"}
!40 = !{!41}
!41 = distinct !{!41, !42, !"scope"}
!42 = distinct !{!42, !"domain"}
"""

# Each with what is taken, and what is replaced by what.
_SEEN = {
    "an instruction": ("taken", "icmp eq i32 %11, %1", "icmp ult i32 %11, %1"),
    "a constant in the body": ("taken", "add nuw nsw i32 %10, 1", "add nuw nsw i32 %10, 2"),
    "a flag of an instruction": ("taken", "add nuw nsw", "add nsw"),
    "an attribute of the function": ("taken", '"target-cpu"="x86-64"', '"target-cpu"="znver4"'),
    "the personality": ("taken", "personality ptr @handler", "personality ptr @declared"),
    "the profile": ("taken", "i64 5}", "i64 6}"),
    "an attribute of a call": ("taken", '"inline"', '"outline"'),
    "an attribute of a declaration": ("taken", "nounwind willreturn", "nounwind"),
    "a parameter's attribute in a declaration": ("taken", "@passed(ptr)", "@passed(ptr noundef)"),
    "what is called": ("taken", "%17 = call i32 @two_loops", "%17 = call i32 @not_taken"),
    "an attribute of a definition that is called": ("taken", "nounwind memory(none) }",
                                                    "nounwind }"),
    "a parameter's attribute in a definition": ("taken", "i32 returned %0", "i32 %0"),
    "the linkage of what is called": ("taken", "define i32 @called", "define weak i32 @called"),
    "the visibility of what is called": ("taken", "define i32 @called",
                                         "define hidden i32 @called"),
    "the section of what is called": ("taken", '%0) local_unnamed_addr #1 {\n  ret i32 %0',
                                      '%0) local_unnamed_addr #1 section "far" {\n  ret i32 %0'),
    "the alignment of a variable": ("taken", "@counter = internal global i32 0, align 4",
                                    "@counter = internal global i32 0, align 8"),
    "whether a variable is constant": ("taken", "@first = external global",
                                       "@first = external constant"),
    "whether a variable is the thread's": ("taken", "@first = external global",
                                           "@first = external thread_local global"),
    "the section of a variable": ("taken", "@counter = internal global i32 0,",
                                  '@counter = internal global i32 0, section "far",'),
    "metadata of a variable": ("taken", '"type id"', '"other id"'),
    "the type of a variable": ("taken", "@first = external global i32",
                               "@first = external global i64"),
    "the order of variables": ("taken", "@first = external global i32, align 4\n"
                               "@second = external global i32, align 4",
                               "@second = external global i32, align 4\n"
                               "@first = external global i32, align 4"),
    "the body of a type": ("taken", "%struct.outer = type { i32,", "%struct.outer = type { i64,"),
    "the body of a type inside": ("taken", "%struct.inner = type { i16,",
                                  "%struct.inner = type { i32,"),
    "type-based aliasing": ("taken", '!"omnipotent char"', '!"char"'),
    "a loop's metadata": ("taken", '!9 = distinct !{!9, !12}', '!9 = distinct !{!9, !7}'),
    "inline assembler": ("taken", '"nop # $0"', '"nop # $0 "'),
    "a bundle": ("taken", '"bundle"(i32 1)', '"bundle"(i32 2)'),
    "a synchronisation scope": ("taken", 'syncscope("singlethread")', 'syncscope("one")'),
    "what an alias is for": ("taken", "@called_too = alias i32 (i32), ptr @target",
                             "@called_too = alias i32 (i32), ptr @in_comdat"),
    "how an alias' function is called": ("taken", "define internal fastcc i32 @target",
                                         "define internal i32 @target"),
    "the body behind an alias": ("called_too", "@target(i32 %0) #1 {\n  ret i32 %0",
                                 "@target(i32 %0) #1 {\n  ret i32 1"),
    "a value": ("table", "[i32 1, i32 2]", "[i32 1, i32 3]"),
    "a string": ("text", 'c"a\\22\\00"', 'c"b\\22\\00"'),
    "how a comdat is chosen": ("in_comdat", "$shared = comdat any", "$shared = comdat largest"),
    "who is in a comdat": ("in_comdat", "@beside(i32 %0) comdat($shared)", "@beside(i32 %0)"),
    "two loops that share metadata": ("two_loops", "!llvm.loop !11", "!llvm.loop !10"),
    "a module flag": ("called", '!"wchar_size", i32 4', '!"wchar_size", i32 2'),
    "named metadata": ("called", '!llvm.ident = !{!7}', '!llvm.ident = !{!7, !7}'),
    "new named metadata": ("called", '!llvm.ident = !{!7}', '!llvm.ident = !{!7}\n!more = !{!7}'),
    "the target": ("called", "x86_64-pc-linux-gnu", "x86_64-pc-linux-musl"),
    "the data layout": ("called", "-n8:16:32:64", "-n32:64"),
    "the source's name": ("called", 'source_filename = "e.c"', 'source_filename = "f.c"'),
    "assembler of the module": ("called", "%struct.outer = type",
                                'module asm ".globl a"\n%struct.outer = type'),
}
_NOT_SEEN = {
    "another function's body": ("taken", "%2 = call i32 @called(i32 %0)", "%2 = add i32 %0, 1"),
    "the body of what is called": ("taken", "local_unnamed_addr #1 {\n  ret i32 %0",
                                   "local_unnamed_addr #1 {\n  ret i32 1"),
    "another function's attributes": ("taken", "#4 = { cold }", "#4 = { cold minsize }"),
    "where inline assembler stands": ("taken", "!8 = !{i64 100}", "!8 = !{i64 120}"),
    "a constant that is not taken": ("taken", "[i32 3, i32 4]", "[i32 3, i32 5]"),
    "a variable's value": ("taken", "@counter = internal global i32 0",
                           "@counter = internal global i32 1"),
    "a new function with loops": ("two_loops", "declare void @passed(ptr)", """\
define void @new(i32 %0) {
  br label %2
2:
  br i1 poison, label %3, label %2, !llvm.loop !50, !prof !51
3:
  ret void
}
!50 = distinct !{!50, !12}
!51 = !{!"branch_weights", i32 1, i32 7}
declare void @passed(ptr)"""),
    "a new local variable": ("taken", "@table =", "@more = internal global i32 7\n@table ="),
    "a type that nobody takes": ("taken", "%struct.other = type { i8 }",
                                 "%struct.other = type { i16 }"),
    "the value behind an alias of data": ("taken", "@counter = internal global i32 0",
                                          "@counter = internal global i32 3"),
}


def _facts(text: str) -> Facts:
    # (In a context with other modules, types of the same name would get other names.)
    context = binding.create_context()
    found = reader.facts_of(binding.parse_assembly(text, context).as_bitcode())
    assert found is not None
    packed = facts.unpack(found.pack())
    assert packed is not None
    return packed


def _edited(old: str, new: str) -> str:
    assert _MODULE.count(old) == 1, "the edit is to be of one place"
    return _MODULE.replace(old, new)


def _number(name: str) -> int:
    local = f"@{name} = internal" in _MODULE or f"@{name} = private" in _MODULE
    return facts.guid(name.encode(), b"e.c" if local else None)


@pytest.mark.parametrize("what", _SEEN)
def test_an_edit_of_what_is_taken_is_seen(what: str) -> None:
    name, *edit = _SEEN[what]
    assert not facts.same_for_importer(_facts(_MODULE), _facts(_edited(*edit)), {_number(name)})


@pytest.mark.parametrize("what", _NOT_SEEN)
def test_an_edit_of_anything_else_is_not(what: str) -> None:
    name, *edit = _NOT_SEEN[what]
    old, new = _facts(_MODULE), _facts(_edited(*edit))
    assert facts.changed(old, new, {_number(name)}) == []
    assert facts.same_module(old, new) == (what == "where inline assembler stands")


def test_two_functions_may_share_metadata_or_have_their_own() -> None:
    """A scope of another's aliases is the same one only if it is shared."""
    old = _facts(_MODULE)
    begin, end = _MODULE.split("@more_scopes")
    new = _facts(begin + "@more_scopes" + end.replace("!40", "!43", 2) + """\
!43 = !{!44}
!44 = distinct !{!44, !45, !"scope"}
!45 = distinct !{!45, !"domain"}
""")
    both = {_number("scopes"), _number("more_scopes")}
    assert all(facts.same_for_importer(old, new, {one}) for one in both)
    assert facts.changed(old, new, both) == ["what metadata is shared"]
    assert facts.changed(new, old, both) == ["what metadata is shared"]


def test_the_order_of_definitions_counts_only_among_those_taken() -> None:
    begin, rest = _MODULE.split("define i32 @two_loops")
    middle, end = rest.split("define void @scopes")
    old = _facts(_MODULE)
    new = _facts(f"{begin}define void @scopes{end}".replace(
        "declare i32 @handler(...)", f"declare i32 @handler(...)\ndefine i32 @two_loops{middle}"))
    loops, scopes, called = map(_number, ("two_loops", "scopes", "called"))
    assert facts.same_for_importer(old, new, {loops, called})
    assert facts.changed(old, new, {loops, scopes}) == ["the order of definitions"]


def test_what_is_missing_or_cannot_be_compared_is_not_the_same() -> None:
    old = _facts(_MODULE)
    assert facts.changed(old, old, {12345}) == ["a definition (0000000000003039) is missing"]
    assert facts.unpack(b"") is None
    assert facts.unpack(old.pack()[:-1]) is None
    assert reader.facts_of(b"BC\xc0\xdethis is no module") is None
    jumps = _MODULE + """\
define ptr @jumps() {
  br label %a
a:
  ret ptr blockaddress(@jumps, %a)
}
"""
    one, other = _facts(jumps), _facts(jumps.replace("@not_taken(i32 %0) #4", "@not_taken(i32 %0)"))
    assert facts.same_for_importer(one, one, {_number("jumps")})
    assert facts.changed(one, other, {_number("jumps")}) == ["function jumps"]
    assert facts.changed(one, other, {_number("taken")}) == []


@needs_clang
@pytest.mark.skipif(MAJOR < 22, reason="this clang cannot read what llvmlite writes")
def test_a_compiler_prints_what_the_library_would(tmp_path: Path) -> None:
    bitcode = binding.parse_assembly(_MODULE, binding.create_context()).as_bitcode()
    printed_by_clang = printed.printed_by((CC,), bitcode)
    assert printed_by_clang is not None
    here, there = _facts(_MODULE), reader.of_text(printed_by_clang)
    assert here.symbols is not None
    # (The compiler adds nothing to metadata, but upgrades module flags of some targets.)
    assert facts.changed(here, there, set(here.symbols)) == []


def test_changes_have_names() -> None:
    old = _facts(_MODULE)
    new = _facts(_MODULE.replace("add nuw nsw", "add").replace("i32 2]", "i32 3]"))
    assert sorted(facts.changed(old, new, {_number("taken"), _number("table")})) == [
        "function taken", "variable table"]
