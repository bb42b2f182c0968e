use saml::instant;
use xml::ns::WSU;
use xml::{Attr, Fragment, Writer};

use super::{EndpointReference, Options, SecurityContext};
use crate::names::{DI, SBF, WSA};

impl EndpointReference {
    /// The element by itself: the value of the attribute that a login brings.
    #[must_use]
    pub fn fragment(&self) -> Fragment {
        let mut w = Writer::new();
        self.write(&mut w);
        w.finish()
    }

    /// Writes `wsa:EndpointReference`. The order of the metadata is that of the field, though none is prescribed.
    pub(crate) fn write(&self, w: &mut Writer) {
        let expires = self.expires.map(instant::write);
        let mut attrs = Vec::with_capacity(2);
        attrs.extend(self.id.as_deref().map(|id| Attr::of(WSU, "Id", id)));
        attrs.extend(expires.as_deref().map(|expires| Attr::of(DI, "NotOnOrAfter", expires)));
        w.start(WSA, "EndpointReference", &attrs);
        w.leaf(WSA, "Address", &[], self.address.as_str()).start(WSA, "Metadata", &[]);
        if let Some(name) = &self.name {
            w.leaf(DI, "Abstract", &[], name);
        }
        for version in &self.frameworks {
            w.empty(SBF, "Framework", &[Attr::plain("version", version)]);
        }
        w.leaf(DI, "ProviderID", &[], self.provider.as_str());
        for service_type in &self.service_types {
            w.leaf(DI, "ServiceType", &[], service_type.as_str());
        }
        self.options.iter().for_each(|options| options.write(w));
        self.contexts.iter().for_each(|context| context.write(w));
        for action in &self.actions {
            w.leaf(DI, "Action", &[], action.as_str());
        }
        w.end().end();
    }
}

impl Options {
    pub(crate) fn write(&self, w: &mut Writer) {
        w.start(DI, "Options", &[]);
        for option in &self.0 {
            w.leaf(DI, "Option", &[], option.as_str());
        }
        w.end();
    }
}

impl SecurityContext {
    fn write(&self, w: &mut Writer) {
        w.start(DI, "SecurityContext", &[]);
        for mechanism in &self.mechanisms {
            w.leaf(DI, "SecurityMechID", &[], mechanism.as_str());
        }
        self.tokens.iter().for_each(|token| token.write(w));
        w.end();
    }
}
