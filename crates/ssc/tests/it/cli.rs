//! What the commands answer, compared with what is written in `tests/cmd`.
//!
//! After a change that is meant, `TRYCMD=overwrite cargo test -p ssc --test it cli` writes the answers anew: read them.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use trycmd::TestCases;

use crate::region::{self, Folder, SSC};

#[test]
fn every_command_says_what_it_does() {
    run(&[cmd("help.md")]);
}

#[test]
fn commands_say_what_they_changed_and_what_they_refused() {
    let folder = Folder::new("cli");
    let region = folder.path("region");
    region::make(&region, region::ports());
    for file in fs::read_dir(cmd("files")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), region.join(file.file_name())).unwrap();
    }
    let cases: Vec<PathBuf> =
        ["insurer", "admin"].map(|name| case(&folder, &cmd(&format!("{name}.md")), &region)).into();
    run(&cases);
    let stored = fs::read(region.join("insurers/370015/insurer.db")).unwrap();
    assert!(!stored.windows(12).any(|bytes| bytes == b"123456789018"), "a My Number reached the database");
}

/// A file of `tests/cmd`.
fn cmd(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd").join(name)
}

/// Links a page of commands into `folder`, in such a way that they run in `place`.
pub(crate) fn case(folder: &Folder, page: &Path, place: &Path) -> PathBuf {
    let name = page.file_stem().unwrap().to_str().unwrap();
    let case = folder.path(&format!("{name}.md"));
    symlink(page, &case).unwrap();
    symlink(place, case.with_extension("in")).unwrap();
    case
}

/// Runs the commands of pages.
pub(crate) fn run(pages: &[PathBuf]) {
    let cases = TestCases::new();
    cases.register_bin("ssc", PathBuf::from(SSC));
    for page in pages {
        cases.case(page);
    }
    cases.run();
}
