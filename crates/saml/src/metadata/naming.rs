//! What people see of a service: its names, and what it asks for about them.

use xml::{
    Node, Ns, children,
    ns::{MD, XML},
};

use super::{
    Finding, Report, Requested,
    endpoint::is_true,
    problem,
    read::{content, listed, trimmed},
};
use crate::{NameFormat, names::UNSPECIFIED};

/// The names by language: `mdui:DisplayName` (Metadata UI §2.1.1), else `md:ServiceName`, else the organization's; the first of
/// each language.
pub(super) fn names(entity: Node, role: Node, service: Option<Node>, report: &mut Report) -> Vec<(String, String)> {
    let shown = descend(role, &[(MD, "Extensions"), (MDUI, "UIInfo")]).map(|info| (info, MDUI, "DisplayName"));
    let asked = service.map(|service| (service, MD, "ServiceName"));
    let owner = [role, entity].into_iter().find_map(|node| children(node, MD, "Organization").next());
    let owner = owner.map(|owner| (owner, MD, "OrganizationDisplayName"));
    let mut names: Vec<(String, String)> = Vec::new();
    for (node, ns, local) in [shown, asked, owner].into_iter().flatten() {
        for named in children(node, ns, local).take(NAMES_MAX) {
            let language = xml::qualified(named, XML, "lang").map_or("", str::trim).to_ascii_lowercase();
            let name = content(named).map(|name| clean(&name)).unwrap_or_default();
            let is_tag =
                language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && language.len() <= TAG_CHARS_MAX;
            if is_tag && !name.is_empty() && names.iter().all(|(known, _)| *known != language) {
                names.push((language, name));
            }
        }
    }
    for wanted in ["ja", "en"] {
        if names.iter().all(|(language, _)| language != wanted) {
            report.add("SPSSODescriptor/Extensions/UIInfo/DisplayName", problem::no_name(wanted));
        }
    }
    names
}

/// The `md:AttributeConsumingService` that holds when a request names none: the default, else the first.
pub(super) fn service<'a, 'i>(role: Node<'a, 'i>, report: &mut Report) -> Option<Node<'a, 'i>> {
    let services: Vec<Node> = children(role, MD, "AttributeConsumingService").take(2).collect();
    if services.len() > 1 {
        report.add("SPSSODescriptor/AttributeConsumingService", problem::default_only("AttributeConsumingService"));
    }
    let mut all = children(role, MD, "AttributeConsumingService").take(SERVICES_MAX);
    all.find(|service| xml::unqualified(*service, "isDefault").is_some_and(is_true))
        .or_else(|| services.first().copied())
}

/// `md:RequestedAttribute`.
pub(super) fn requested(service: Option<Node>, report: &mut Report) -> Vec<Requested> {
    let Some(service) = service else { return Vec::new() };
    let mut requested: Vec<Requested> = Vec::new();
    for (_, node) in listed(service, "RequestedAttribute", ATTRIBUTES_MAX, report) {
        let name = trimmed(node, "Name");
        let required = xml::unqualified(node, "isRequired").is_some_and(is_true);
        match requested.iter_mut().find(|known| known.name == name) {
            _ if name.is_empty() || name.len() > ATTRIBUTE_NAME_BYTES_MAX => {}
            Some(known) => known.required |= required,
            None => requested.push(Requested { name: name.to_owned(), required }),
        }
    }
    requested
}

pub(super) fn not_offered(requested: &[Requested], offered: &[&str]) -> Vec<Finding> {
    let missing = requested.iter().filter(|asked| !offered.contains(&asked.name.as_str()));
    let place = "SPSSODescriptor/AttributeConsumingService/RequestedAttribute";
    missing.map(|asked| Finding::new(place, problem::attribute_not_offered(&asked.name, asked.required))).collect()
}

/// `md:NameIDFormat`, in the order of the document.
pub(super) fn name_formats(role: Node, report: &mut Report) -> Vec<String> {
    let nodes = listed(role, "NameIDFormat", FORMATS_MAX, report);
    let formats: Vec<String> = nodes.into_iter().filter_map(|(_, node)| content(node)).collect();
    let given = |format: &String| format == UNSPECIFIED || NameFormat::from_uri(format).is_some();
    if !formats.is_empty() && !formats.iter().any(given) {
        report.add("SPSSODescriptor/NameIDFormat", problem::no_format());
    }
    formats
}

fn descend<'a, 'i>(node: Node<'a, 'i>, path: &[(Ns, &str)]) -> Option<Node<'a, 'i>> {
    path.iter().try_fold(node, |node, (ns, local)| children(node, *ns, local).next())
}

/// One line, without characters that would make a page show it as something else (control, direction, invisible).
fn clean(name: &str) -> String {
    let visible = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").chars().filter(visible).take(NAME_CHARS_MAX).collect()
}

/// SAML 2.0 Metadata Extensions for Login and Discovery User Interface.
pub(super) const MDUI: Ns = Ns::new("mdui", "urn:oasis:names:tc:SAML:metadata:ui");

const NAMES_MAX: usize = 50;
const NAME_CHARS_MAX: usize = 100;
const TAG_CHARS_MAX: usize = 35;
const SERVICES_MAX: usize = 20;
const ATTRIBUTES_MAX: usize = 100;
const ATTRIBUTE_NAME_BYTES_MAX: usize = 1024;
const FORMATS_MAX: usize = 20;
