//! The style sheet keeps what its documents promise.

use std::collections::BTreeSet;

const STYLE: &str = include_str!("../assets/style.css");
const PARTS: &str = include_str!("../assets/README.md");
const TOKENS: &str = include_str!("../assets/vendor/design-tokens.css");
const ICONS: &str = include_str!("../assets/icons.svg");

/// Two thirds of what a first page may weigh; the rest is the page, the icons and the card script.
const STYLE_BYTES_MAX: usize = 20 * 1024;

/// The names that follow `before` in `text`, each up to the first character that no name has.
fn names_after<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.split(before)
        .skip(1)
        .filter_map(move |rest| rest.split(|c| !is_name(c)).next())
        .filter(|name| !name.is_empty())
}

#[test]
fn every_colour_token_has_the_value_of_the_vendored_file() {
    let copied = STYLE.lines().map(str::trim).filter(|line| line.starts_with("--color-"));
    let vendored: BTreeSet<&str> = TOKENS.lines().map(str::trim).collect();
    let strangers: Vec<&str> = copied.filter(|line| !vendored.contains(line)).collect();
    assert!(strangers.is_empty(), "not in vendor/design-tokens.css: {strangers:?}");
}

#[test]
fn every_class_in_a_snippet_is_styled() {
    let styled: BTreeSet<&str> = names_after(STYLE, ".").collect();
    let lists = PARTS.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let unknown: BTreeSet<&str> =
        lists.flat_map(str::split_whitespace).filter(|class| !styled.contains(class)).collect();
    assert!(unknown.is_empty(), "named in assets/README.md, absent from style.css: {unknown:?}");
}

#[test]
fn every_icon_that_is_listed_is_drawn() {
    let listed = PARTS.split("the names are").nth(1).and_then(|rest| rest.split('.').next()).unwrap();
    for name in listed.split_whitespace() {
        assert!(ICONS.contains(&format!("<symbol id=\"{name}\"")), "no icon {name}");
    }
}

#[test]
fn the_style_sheet_leaves_room_for_the_first_page() {
    assert!(STYLE.len() <= STYLE_BYTES_MAX, "{} bytes", STYLE.len());
}
