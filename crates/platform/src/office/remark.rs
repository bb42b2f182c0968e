//! What the office should know about metadata and policy before it registers a service.

use saml::{EntityId, metadata::Finding};
use web::Lang;

use crate::{
    app::App,
    attribute::Attribute,
    idp::{policy::Encrypt, refresh, services::Service},
    purpose::Category,
};

/// Something that the office should know before it registers a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// It cannot be registered so.
    pub fatal: bool,
    /// The operator's guide explains it.
    pub code: &'static str,
    /// Where in metadata or policy.
    pub place: String,
    ja: String,
    en: String,
}

/// What the office should know about a policy.
#[must_use]
pub fn remarks_on(service: &Service) -> Vec<Remark> {
    let Service { provider, policy } = service;
    let mut remarks = Vec::new();
    if !policy.sign_assertion && !policy.sign_response {
        let ja = "アサーションと応答の少なくとも一方に署名が必要です";
        remarks.push(Remark::fatal("SVC-21", "sign_assertion", ja, "assertion or response must be signed"));
    }
    if provider.wants_signed_assertions && !policy.sign_assertion {
        let ja = "サービスは署名付きアサーションを求めています";
        let en = "the metadata asks for signed assertions";
        remarks.push(Remark::warning("SVC-26", "sign_assertion", ja, en));
    }
    for name in policy.release.iter().filter(|name| Attribute::from_short(name).is_none()) {
        let (ja, en) = (format!("{name} という属性はありません"), format!("there is no attribute {name}"));
        remarks.push(Remark::fatal("SVC-22", "release", &ja, &en));
    }
    if !policy.start.is_empty() && !refresh::may_be_fetched(&policy.start) {
        let (ja, en) = ("https:// で始まるアドレスが必要です", "it must be an https address");
        remarks.push(Remark::fatal("SVC-23", "start", ja, en));
    }
    let only_cbc = provider.encryption.is_empty() && !provider.encryption_cbc.is_empty();
    if policy.encrypt == Encrypt::Always && provider.encryption.is_empty() && !only_cbc {
        let ja = "メタデータに暗号化用の鍵がないため、だれもログインできません";
        let en = "the metadata has no key to encrypt to: nobody can log in";
        remarks.push(Remark::warning("SVC-24", "encrypt", ja, en));
    }
    if policy.encrypt == Encrypt::Always && only_cbc && !policy.allow_cbc {
        let ja = "メタデータの鍵は AES-CBC 専用で、AES-CBC は許されていないため、だれもログインできません";
        let en = "the metadata has keys for AES-CBC only, which is not allowed: nobody can log in";
        remarks.push(Remark::warning("SVC-24", "encrypt", ja, en));
    }
    if policy.allow_cbc {
        let ja = "AES-CBC は弱い暗号です。AES-GCM に対応するようサービスの運営者に求めてください";
        let en = "AES-CBC is weak: ask the service's operator for AES-GCM";
        remarks.push(Remark::warning("SVC-25", "allow_cbc", ja, en));
    }
    for code in policy.records.iter().filter(|code| Category::records(&[(*code).clone()]).is_empty()) {
        let (ja, en) = (format!("{code} という記録はありません"), format!("there are no records {code}"));
        remarks.push(Remark::fatal("SVC-28", "records", &ja, &en));
    }
    if !policy.records.is_empty() && !policy.bootstrap {
        let ja = "ID-WSF の入口を渡さないサービスは、記録のありかを問い合わせられません";
        let en = "a service that gets no entry to ID-WSF has no way to ask for records";
        remarks.push(Remark::warning("SVC-29", "records", ja, en));
    }
    remarks
}

/// That a service has the entity ID of an institution, if it has: a message of the one could be taken for one of the other.
#[must_use]
pub fn of_institution(app: &App, entity: &EntityId) -> Option<Remark> {
    let institution = app.insurers.find(entity.as_str())?;
    let ja = "保険者のエンティティ ID です。サービスには別のエンティティ ID が必要です";
    let en = "this is the entity ID of an insurer: a service needs one of its own";
    Some(Remark::fatal("SVC-30", institution.entity.as_str(), ja, en))
}

impl Remark {
    /// In the reader's language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }

    pub(super) fn of(finding: &Finding) -> Self {
        let Finding { fatal, code, place, text, .. } = finding;
        Self { fatal: *fatal, code, place: place.clone(), ja: finding.text_ja(), en: text.clone() }
    }

    pub(super) fn fatal(code: &'static str, place: &str, ja: &str, en: &str) -> Self {
        Self { fatal: true, code, place: place.to_owned(), ja: ja.to_owned(), en: en.to_owned() }
    }

    fn warning(code: &'static str, place: &str, ja: &str, en: &str) -> Self {
        Self { fatal: false, ..Self::fatal(code, place, ja, en) }
    }
}

/// That an address came with a certificate that is none, or without one.
#[must_use]
pub fn unusable_certificate() -> Remark {
    let ja = "メタデータの署名を検証する証明書 (PEM) が必要です";
    Remark::fatal("SVC-33", "certificate", ja, "the certificate that the metadata is signed with is needed, as PEM")
}
