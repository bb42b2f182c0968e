//! A person's word taken back: what a platform tells a data service when the person no longer lets another service ask about
//! them. Tokens made before are refused from then on, so that nobody waits for them to run out.

use jiff::Timestamp;
use saml::instant;
use xml::{Attr, Document, Writer};

use crate::EntityId;
use crate::dst::{ModifyItem, ServiceType};
use crate::message::LIMITS;

/// That a service may no longer use the tokens that it has for a person; one made later is judged by what it permits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The service.
    pub holder: EntityId,
    /// Tokens that count from this instant or an earlier one are over: whole seconds on the wire.
    pub at: Timestamp,
}

impl Withdrawal {
    /// The path that it is told at: `/nhi:Insured/nhi:Grant` in the service's own prefix.
    #[must_use]
    pub fn select(service: ServiceType) -> String {
        let prefix = service.ns().prefix;
        format!("/{prefix}:Insured/{prefix}:{ELEMENT}")
    }

    /// The change that tells it: `<nhi:Grant holder="…" withdrawn="…Z"/>` over whatever was told before.
    #[must_use]
    pub fn item(&self, service: ServiceType) -> ModifyItem {
        let at = instant::write(self.at);
        let mut w = Writer::new();
        w.empty(service.ns(), ELEMENT, &[Attr::plain("holder", self.holder.as_str()), Attr::plain("withdrawn", &at)]);
        ModifyItem {
            item_id: None,
            select: Self::select(service),
            new_data: Some(vec![w.finish()]),
            not_changed_since: None,
            override_allowed: true,
        }
    }

    /// Reads it from a change of that path; `None` if it is no such thing.
    #[must_use]
    pub fn read(service: ServiceType, item: &ModifyItem) -> Option<Self> {
        let [fragment] = item.new_data.as_deref()? else { return None };
        let document = Document::parse(xml::scan(fragment.as_str().as_bytes(), &LIMITS).ok()?).ok()?;
        let told = document.root();
        if item.select != Self::select(service) || !xml::is(told, service.ns(), ELEMENT) {
            return None;
        }
        let holder = EntityId::parse(xml::unqualified(told, "holder")?).ok()?;
        Some(Self { holder, at: instant::read(xml::unqualified(told, "withdrawn")?)? })
    }
}

const ELEMENT: &str = "Grant";

#[cfg(test)]
mod tests {
    use super::*;

    fn withdrawal() -> Withdrawal {
        Withdrawal {
            holder: EntityId::parse("https://k-mix.example/metadata").unwrap(),
            at: "2026-11-22T03:00:01Z".parse().unwrap(),
        }
    }

    #[test]
    fn what_is_told_is_what_is_read() {
        for service in [ServiceType::NHI, ServiceType::KHI] {
            let item = withdrawal().item(service);
            assert_eq!(Withdrawal::read(service, &item), Some(withdrawal()));
        }
    }

    #[test]
    fn what_is_no_withdrawal_is_none() {
        let service = ServiceType::NHI;
        let good = withdrawal().item(service);
        assert_eq!(Withdrawal::read(ServiceType::KHI, &good), None, "another service's");
        let elsewhere = ModifyItem { select: "/nhi:Insured/nhi:Link".to_owned(), ..good.clone() };
        assert_eq!(Withdrawal::read(service, &elsewhere), None);
        assert_eq!(Withdrawal::read(service, &ModifyItem { new_data: None, ..good.clone() }), None);
        let written = |attrs: &[Attr<'_>]| {
            let mut w = Writer::new();
            w.empty(service.ns(), ELEMENT, attrs);
            ModifyItem { new_data: Some(vec![w.finish()]), ..good.clone() }
        };
        let at = Attr::plain("withdrawn", "2026-11-22T03:00:01Z");
        assert_eq!(Withdrawal::read(service, &written(&[at])), None);
        let holder = Attr::plain("holder", "https://k-mix.example/metadata");
        assert_eq!(Withdrawal::read(service, &written(&[holder])), None);
        assert_eq!(Withdrawal::read(service, &written(&[holder, Attr::plain("withdrawn", "today")])), None);
    }
}
