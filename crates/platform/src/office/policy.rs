//! A policy as a form, and a form as a policy.

use std::borrow::Cow;

use crate::{
    attribute::Attribute,
    idp::policy::{Class, Encrypt, Name, Policy},
    purpose::Category,
    wording::Text,
};

/// A policy as its form shows it.
pub(super) struct Choices {
    pub(super) policy: Policy,
    /// Each attribute: short name, name, whether it may be released.
    pub(super) release: Vec<(&'static str, &'static str, bool)>,
    /// The same for kinds of records that it may ask to find.
    pub(super) records: Vec<(Cow<'static, str>, &'static str, bool)>,
    pub(super) encrypt: Vec<Choice>,
    pub(super) name_format: Vec<Choice>,
    pub(super) at_least: Vec<Choice>,
    /// Check boxes: field, label, whether it is set.
    pub(super) protection: Vec<(&'static str, &'static str, bool)>,
}

/// A choice of a list.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) chosen: bool,
}

const ENCRYPT: [(&str, Encrypt); 3] =
    [("if-possible", Encrypt::IfPossible), ("always", Encrypt::Always), ("never", Encrypt::Never)];
const NAME: [(&str, Name); 2] = [("persistent", Name::Persistent), ("transient", Name::Transient)];
const CLASS: [(&str, Class); 2] = [("card", Class::Card), ("card-and-pin", Class::CardAndPin)];

/// The form for a policy.
pub(super) fn choices(policy: &Policy, t: &'static Text) -> Choices {
    let form = &t.office.policy;
    let may = |attribute: &Attribute| policy.release.iter().any(|name| name == attribute.short());
    let finds = |category: &Category| policy.records.iter().any(|code| *code == category.code());
    Choices {
        release: Attribute::ALL.iter().map(|one| (one.short(), t.services.attribute(*one), may(one))).collect(),
        records: Category::RECORDS.iter().map(|one| (one.code(), t.services.record(*one), finds(one))).collect(),
        encrypt: listed(&ENCRYPT, &form.encrypt.1, policy.encrypt),
        name_format: listed(&NAME, &form.name_format.1, policy.name_format),
        at_least: listed(&CLASS, &form.at_least.1, policy.at_least),
        protection: vec![
            ("require_signed_requests", form.require_signed_requests, policy.require_signed_requests),
            ("sign_assertion", form.sign_assertion, policy.sign_assertion),
            ("sign_response", form.sign_response, policy.sign_response),
            ("prefer_artifact", form.prefer_artifact, policy.prefer_artifact),
            ("bootstrap", form.bootstrap, policy.bootstrap),
        ],
        policy: policy.clone(),
    }
}

/// The policy of a form that was sent.
pub(super) fn sent(fields: &[(String, String)]) -> Policy {
    let values =
        |name: &'static str| fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.trim());
    let text = |name| values(name).next().unwrap_or_default().to_owned();
    let set = |name| values(name).next().is_some();
    Policy {
        name: text("name"),
        name_en: text("name_en"),
        about: text("about"),
        about_en: text("about_en"),
        start: text("start"),
        require_signed_requests: set("require_signed_requests"),
        sign_assertion: set("sign_assertion"),
        sign_response: set("sign_response"),
        encrypt: chosen(&ENCRYPT, &text("encrypt")),
        allow_cbc: set("allow_cbc"),
        name_format: chosen(&NAME, &text("name_format")),
        at_least: chosen(&CLASS, &text("at_least")),
        release: values("release").map(str::to_owned).collect(),
        bootstrap: set("bootstrap"),
        records: values("records").map(str::to_owned).collect(),
        maps_to: text("maps_to").split_whitespace().map(str::to_owned).collect(),
        prefer_artifact: set("prefer_artifact"),
    }
}

/// A setting that two policies have otherwise, as its form says it.
pub(super) struct Setting {
    pub(super) label: &'static str,
    pub(super) registered: String,
    pub(super) mine: String,
}

/// What a policy that is registered has otherwise than the one in a form.
pub(super) fn differences(registered: &Policy, mine: &Policy, t: &'static Text) -> Vec<Setting> {
    let (is, wants) = (said(registered, t), said(mine, t));
    let both = is.into_iter().zip(wants).filter(|((_, is), (_, wants))| is != wants);
    both.map(|((label, registered), (_, mine))| Setting { label, registered, mine }).collect()
}

/// Every setting, in words.
fn said(policy: &Policy, t: &'static Text) -> Vec<(&'static str, String)> {
    let form = &t.office.policy;
    let shown = choices(policy, t);
    let chosen = |list: Vec<Choice>| list.into_iter().find(|one| one.chosen).map_or("", |one| one.label).to_owned();
    let set = |set: bool| (if set { form.set.0 } else { form.set.1 }).to_owned();
    let released = shown.release.iter().filter(|(.., may)| *may).map(|(_, label, _)| *label);
    let released = released.collect::<Vec<_>>().join(form.and);
    let finds = shown.records.iter().filter(|(.., may)| *may).map(|(_, label, _)| *label);
    let finds = finds.collect::<Vec<_>>().join(form.and);
    let maps_to = policy.maps_to.join(" ");
    let texts = [
        (form.name, &policy.name),
        (form.name_en, &policy.name_en),
        (form.about, &policy.about),
        (form.about_en, &policy.about_en),
        (form.start.0, &policy.start),
        (form.release, &released),
        (form.records, &finds),
        (form.maps_to.0, &maps_to),
    ];
    let or_empty = |text: &String| if text.is_empty() { form.empty.to_owned() } else { text.clone() };
    let mut said: Vec<_> = texts.map(|(label, text)| (label, or_empty(text))).into();
    said.extend(shown.protection.into_iter().map(|(_, label, is)| (label, set(is))));
    said.extend([
        (form.allow_cbc.0, set(policy.allow_cbc)),
        (form.at_least.0, chosen(shown.at_least)),
        (form.name_format.0, chosen(shown.name_format)),
        (form.encrypt.0, chosen(shown.encrypt)),
    ]);
    said
}

fn listed<V: Copy + PartialEq>(all: &[(&'static str, V)], labels: &[&'static str], now: V) -> Vec<Choice> {
    let one =
        |((value, means), label): (&(&'static str, V), &&'static str)| Choice { value, label, chosen: *means == now };
    all.iter().zip(labels).map(one).collect()
}

fn chosen<V: Copy + Default>(all: &[(&'static str, V)], value: &str) -> V {
    all.iter().find(|(name, _)| *name == value).map(|(_, means)| *means).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use web::Lang;

    use super::*;
    use crate::wording;

    #[test]
    fn a_form_sent_back_as_it_is_changes_nothing() {
        let policy = Policy {
            name: "架空 & <手帳>".to_owned(),
            release: vec!["name".to_owned(), "sex".to_owned()],
            records: vec!["coverage".to_owned()],
            encrypt: Encrypt::Always,
            name_format: Name::Transient,
            at_least: Class::Card,
            allow_cbc: true,
            sign_response: false,
            ..Policy::default()
        };
        let form = choices(&policy, wording::text(Lang::Ja));
        let mut fields = vec![("name".to_owned(), policy.name.clone()), ("allow_cbc".to_owned(), "on".to_owned())];
        for (field, list) in [("encrypt", form.encrypt), ("name_format", form.name_format), ("at_least", form.at_least)]
        {
            let chosen = list.into_iter().find(|choice| choice.chosen).unwrap();
            fields.push((field.to_owned(), chosen.value.to_owned()));
        }
        let boxes =
            form.protection.into_iter().filter(|(.., set)| *set).map(|(field, ..)| (field.to_owned(), "on".to_owned()));
        fields.extend(boxes);
        let release = form.release.into_iter().filter(|(.., set)| *set);
        fields.extend(release.map(|(short, ..)| ("release".to_owned(), short.to_owned())));
        let records = form.records.into_iter().filter(|(.., set)| *set);
        fields.extend(records.map(|(code, ..)| ("records".to_owned(), code.into_owned())));
        assert_eq!(sent(&fields), policy);
    }
}
