//! From bytes to the one description that was asked for.

use jiff::{SignedDuration, Span, Timestamp};
use xml::{Document, Limits, Node, Profile, Refused, VerifyingKey, children, is, ns::MD, scan};

use super::{
    Report, SIGNED_DAYS_MAX, ServiceProvider,
    problem::{self, Problem},
    role,
};
use crate::{EntityId, instant};

/// Who answers for the content.
#[derive(Clone, Copy)]
pub(super) enum Trust<'k> {
    /// The person who gave the file.
    Operator,
    /// Whoever holds one of these keys.
    Signature(&'k [VerifyingKey]),
}

pub(super) fn open(
    bytes: &[u8],
    entity: Option<&EntityId>,
    trust: Trust<'_>,
    now: Timestamp,
) -> Result<(ServiceProvider, Report), Report> {
    let mut report = Report::default();
    let document = scan(bytes, &LIMITS).and_then(Document::parse).map_err(|refused| problem::unreadable(&refused));
    let provider = report.need("", document).and_then(|document| {
        described(&document, entity, trust, now, &mut report).map(|provider| (document, provider))
    });
    report.close(provider.map(|(_, provider)| provider))
}

fn described(
    document: &Document<'_>,
    entity: Option<&EntityId>,
    trust: Trust<'_>,
    now: Timestamp,
    report: &mut Report,
) -> Option<ServiceProvider> {
    let root = match trust {
        Trust::Operator => document.root(),
        Trust::Signature(keys) => {
            let verified = xml::verify_enveloped_with(document, document.root(), keys, Profile::Metadata);
            report
                .need(
                    "Signature",
                    verified.map_err(|refused| match refused {
                        Refused::Missing(what) if what == "Signature" => problem::unsigned(),
                        refused => problem::signature_wrong(&refused),
                    }),
                )?
                .node()
        }
    };
    let node = report.need("", find(root, entity))?;
    let id = report
        .need("@entityID", EntityId::parse(trimmed(node, "entityID")).map_err(|_| problem::entity_id_malformed()))?;
    let role = report.need("", role::of(node))?;
    let around: Vec<Node> = role.ancestors().filter(|n| n.is_element()).collect();
    let valid_until = valid_until(&around, report)?;
    judge_end(valid_until, trust, now, report);
    let cache_duration = around.iter().filter_map(|n| cache_duration(*n, report)).min();
    let described = role::Described { entity: id, node, role, valid_until, cache_duration };
    Some(role::provider(described, report, now))
}

/// The description of `wanted`, or the only one there is.
fn find<'a, 'i>(root: Node<'a, 'i>, wanted: Option<&EntityId>) -> Result<Node<'a, 'i>, Problem> {
    if !is(root, MD, "EntityDescriptor") && !is(root, MD, "EntitiesDescriptor") {
        return Err(problem::not_metadata(root.tag_name().name()));
    }
    let mut groups = vec![root];
    let mut entities = Vec::new();
    while let Some(node) = groups.pop() {
        if is(node, MD, "EntityDescriptor") {
            entities.push(node);
        } else if is(node, MD, "EntitiesDescriptor") {
            groups.extend(node.children());
        }
        if entities.len() > ENTITIES_MAX {
            return Err(problem::too_many_entities(ENTITIES_MAX));
        }
    }
    let is_alone = entities.len() == 1;
    let fits = |node: &Node| match wanted {
        Some(wanted) => trimmed(*node, "entityID") == wanted.as_str(),
        None => is_alone || role::of(*node).is_ok(),
    };
    let mut fitting = entities.into_iter().filter(fits);
    match (fitting.next(), fitting.count()) {
        (Some(only), 0) => Ok(only),
        (Some(_), more) => Err(problem::entity_ambiguous(more + 1)),
        (None, _) => Err(wanted.map_or_else(problem::no_role, |wanted| problem::entity_absent(wanted.as_str()))),
    }
}

/// The earliest `validUntil` of the role and what is around it (SAML 2.0 Metadata §2.3). `None` when one cannot be read.
#[expect(clippy::option_option, reason = "unreadable and unlimited are different ends")]
fn valid_until(around: &[Node], report: &mut Report) -> Option<Option<Timestamp>> {
    let mut earliest: Option<Timestamp> = None;
    for text in around.iter().filter_map(|node| xml::unqualified(*node, "validUntil")).map(str::trim) {
        // SAML 2.0 Core §1.3.3 asks for UTC, and some write it without saying so.
        let plain = text.strip_suffix("+00:00").or_else(|| text.strip_suffix('Z')).unwrap_or(text);
        let at = instant::read(&format!("{plain}Z")).ok_or_else(|| problem::instant_malformed(text));
        let at = report.need("@validUntil", at)?;
        earliest = Some(earliest.map_or(at, |e| e.min(at)));
    }
    Some(earliest)
}

fn judge_end(valid_until: Option<Timestamp>, trust: Trust<'_>, now: Timestamp, report: &mut Report) {
    let signed = matches!(trust, Trust::Signature(_));
    let Some(end) = valid_until else {
        if signed {
            report.add("@validUntil", problem::unlimited());
        }
        return;
    };
    let problem = match end.duration_since(now) {
        left if left <= SignedDuration::ZERO => problem::expired(end),
        left if signed && left > SignedDuration::from_hours(24 * SIGNED_DAYS_MAX) => problem::too_long(SIGNED_DAYS_MAX),
        // What is fetched is renewed before it ends.
        _ if signed => return,
        left if days(left) <= WARNING_DAYS => problem::ends_soon(days(left)),
        left if days(left) > FAR_DAYS => problem::ends_far(days(left)),
        _ => return,
    };
    report.add("@validUntil", problem);
}

/// `xs:duration`; a month counts 30 days, a year 365.
fn cache_duration(node: Node, report: &mut Report) -> Option<SignedDuration> {
    let text = xml::unqualified(node, "cacheDuration")?.trim();
    let read = || {
        let span: Span = text.starts_with('P').then(|| text.parse().ok())??;
        let days = i64::from(span.get_years()) * 365 + i64::from(span.get_months()) * 30;
        let days = days + i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
        let time = span.years(0).months(0).weeks(0).days(0);
        let time = SignedDuration::try_from(time).ok()?;
        time.checked_add(SignedDuration::from_secs(days.checked_mul(DAY_SECONDS)?))
    };
    let duration = read().filter(|d| *d >= SignedDuration::ZERO).ok_or_else(|| problem::unknown_value(text));
    report.need("@cacheDuration", duration)
}

/// Whole days, the begun one not counted.
pub(super) fn days(left: SignedDuration) -> i64 {
    left.as_secs() / DAY_SECONDS
}

/// An unqualified attribute, without the white space that `xs:anyURI` allows around it; empty if absent.
pub(super) fn trimmed<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    xml::unqualified(node, name).map_or("", str::trim)
}

/// The text of `node`, trimmed; nothing if it holds elements.
pub(super) fn content(node: Node) -> Option<String> {
    xml::text(node).ok().map(|text| text.trim().to_owned())
}

/// The elements `local` of the metadata namespace below `node`, the first `max`, each with its place.
pub(super) fn listed<'a, 'i>(
    node: Node<'a, 'i>,
    local: &str,
    max: usize,
    report: &mut Report,
) -> Vec<(String, Node<'a, 'i>)> {
    let parent = node.tag_name().name();
    let mut found: Vec<Node> = children(node, MD, local).take(max + 1).collect();
    if found.len() > max {
        found.truncate(max);
        report.add(&format!("{parent}/{local}"), problem::too_many(max));
    }
    found.into_iter().enumerate().map(|(at, node)| (format!("{parent}/{local}[{}]", at + 1), node)).collect()
}

/// A national federation's file has a few thousand entities and more; one region's service has one. People write comments in
/// them, which no signature covers (Exclusive XML Canonicalization 1.0 §2.1) and no reader here sees.
const LIMITS: Limits = Limits { bytes: 4 * 1024 * 1024, depth: 64, attributes: 64, namespaces: 32, comments: true };
const ENTITIES_MAX: usize = 10_000;
/// How long before an end is a warning: so much time do people need who have to ask others.
pub(super) const WARNING_DAYS: i64 = 60;
const FAR_DAYS: i64 = 400;
const DAY_SECONDS: i64 = 24 * 60 * 60;
