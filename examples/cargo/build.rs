// The C half, compiled with the compiler and the flags that the environment names.
use std::{env, process::Command};

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let compiler = env::var("CC").unwrap_or("clang".into());
    let archiver = env::var("AR").unwrap_or("ar".into());
    let flags = env::var("CFLAGS").unwrap_or_default();
    let object = format!("{out}/sum.o");
    run(Command::new(compiler).args(flags.split_whitespace())
        .args(["-O2", "-fPIC", "-c", "c/sum.c", "-o", &object]));
    run(Command::new(archiver).args(["rcs", &format!("{out}/libsum.a"), &object]));
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=sum");
    for input in ["c/sum.c", "build.rs"] {
        println!("cargo:rerun-if-changed={input}");
    }
    for name in ["CC", "CFLAGS", "AR"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
}
