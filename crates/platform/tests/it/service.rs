//! A service as others run them: its metadata, its requests, and its eyes on what comes back.

use std::sync::{Arc, OnceLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use keys::{Keys, Kind, Seal};
use platform::{
    App,
    idp::{
        policy::Policy,
        services::{Registered, Service},
    },
};
use saml::{
    EntityId, MessageId, NameFormat, Refused, SignFailed, Signer, UnwrapFailed, instant, metadata,
    service::{self, LoggedIn},
    wire::{self, Direction, RelayState},
};
use xml::{
    Attr, Fragment, Signing, VerifyingKey, Writer,
    ns::{SAML, SAMLP},
};
use zeroize::Zeroizing;

use crate::{
    browser::{Browser, Page},
    crossing::{SentForm, knock, onward},
    harness::{PORTAL, World},
    region_keys,
};

/// A service provider.
#[derive(Clone)]
pub(crate) struct Sp {
    pub(crate) name: &'static str,
    pub(crate) entity: EntityId,
    keys: Arc<Keys>,
    sign: &'static str,
}

/// What a request says beside the usual.
#[derive(Clone, Default)]
pub(crate) struct Asking {
    pub(crate) force: bool,
    pub(crate) passive: bool,
    /// `Comparison` and class URIs.
    pub(crate) context: Option<(&'static str, Vec<&'static str>)>,
    pub(crate) name_format: Option<NameFormat>,
    pub(crate) affiliation: Option<&'static str>,
    /// Any other attribute of the request.
    pub(crate) attributes: Vec<(&'static str, String)>,
    pub(crate) relay_state: Option<&'static str>,
    pub(crate) unsigned: bool,
}

/// What the metadata says beside the usual.
#[derive(Clone, Default)]
pub(crate) struct Publishing {
    /// A key to encrypt to.
    pub(crate) encryption: bool,
    /// Ciphers that it lists for that key.
    pub(crate) ciphers: Vec<&'static str>,
    /// Takes artifacts.
    pub(crate) artifact: bool,
    /// Attributes, and whether it cannot do without.
    pub(crate) requested: Vec<(&'static str, bool)>,
    /// Verifies ECDSA.
    pub(crate) ecdsa: bool,
    /// `AuthnRequestsSigned`.
    pub(crate) signs: bool,
}

impl Sp {
    pub(crate) fn new(name: &'static str) -> Self {
        let entity = format!("https://{name}.example/saml").parse().unwrap();
        Self { name, entity, keys: service_keys(), sign: "sp-sign" }
    }

    /// The same under another name.
    pub(crate) fn called(mut self, entity: &str) -> Self {
        self.entity = entity.parse().unwrap();
        self
    }

    /// The same with another signing key.
    pub(crate) fn with_other_key(mut self) -> Self {
        self.sign = "sp-sign-2";
        self
    }

    pub(crate) fn consumer(&self) -> String {
        format!("https://{}.example/acs", self.name)
    }

    pub(crate) fn artifact_consumer(&self) -> String {
        format!("https://{}.example/artifact", self.name)
    }

    pub(crate) fn logout(&self) -> String {
        format!("https://{}.example/logout", self.name)
    }

    pub(crate) fn metadata(&self, publishing: &Publishing) -> String {
        let certificate = |key| STANDARD.encode(self.keys.certificate(key).unwrap());
        let key = |usage: &str, key, methods: &str| {
            format!(
                "<md:KeyDescriptor use=\"{usage}\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
                 </ds:X509Data></ds:KeyInfo>{methods}</md:KeyDescriptor>",
                certificate(key)
            )
        };
        let mut role = key("signing", self.sign, "");
        if publishing.encryption {
            let methods = publishing.ciphers.iter().map(|uri| format!("<md:EncryptionMethod Algorithm=\"{uri}\"/>"));
            role += &key("encryption", "sp-decrypt", &methods.collect::<String>());
        }
        for binding in ["HTTP-Redirect", "SOAP"] {
            let binding = format!("urn:oasis:names:tc:SAML:2.0:bindings:{binding}");
            role += &format!("<md:SingleLogoutService Binding=\"{binding}\" Location=\"{}\"/>", self.logout());
        }
        let mut consumers = vec![("HTTP-POST", self.consumer())];
        if publishing.artifact {
            consumers.push(("HTTP-Artifact", self.artifact_consumer()));
        }
        for (index, (binding, location)) in consumers.iter().enumerate() {
            role += &format!(
                "<md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" \
                 Location=\"{location}\" index=\"{index}\"/>"
            );
        }
        if !publishing.requested.is_empty() {
            let lang = "xml:lang=\"en\"";
            role += &format!(
                "<md:AttributeConsumingService index=\"0\"><md:ServiceName {lang}>{}</md:ServiceName>",
                self.name
            );
            for (uri, required) in &publishing.requested {
                role += &format!(
                    "<md:RequestedAttribute Name=\"{uri}\" \
                     NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\" isRequired=\"{required}\"/>"
                );
            }
            role += "</md:AttributeConsumingService>";
        }
        let extensions = if publishing.ecdsa {
            "<md:Extensions><alg:SigningMethod xmlns:alg=\"urn:oasis:names:tc:SAML:metadata:algsupport\" \
             Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/></md:Extensions>"
        } else {
            ""
        };
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{}\">{extensions}<md:SPSSODescriptor \
             AuthnRequestsSigned=\"{}\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{role}\
             </md:SPSSODescriptor></md:EntityDescriptor>",
            self.entity, publishing.signs
        )
    }

    /// As the office registers it.
    pub(crate) fn registered(&self, world: &World, policy: Policy, publishing: &Publishing) -> Service {
        let policy = Policy { name: format!("サービス {}", self.name), name_en: self.name.to_owned(), ..policy };
        let metadata = self.metadata(publishing);
        let (provider, _) = metadata::read(metadata.as_bytes(), None, world.now()).unwrap();
        Service { provider, policy }
    }

    /// Does something as the signer of the service's messages.
    pub(crate) fn signing<T>(&self, act: impl FnOnce(&Signer<'_>) -> T) -> T {
        let certificate = self.keys.certificate(self.sign).unwrap();
        let sign = |message: &[u8]| self.keys.sign(self.sign, message).map_err(|_| SignFailed);
        act(&Signer {
            entity: &self.entity,
            algorithm: self.keys.algorithm(self.sign).unwrap(),
            certificate: &certificate,
            sign: &sign,
        })
    }

    fn written(&self, world: &World, asking: &Asking, id: &MessageId) -> Writer {
        let (now, to) = (instant::write(world.now()), format!("{PORTAL}/saml/sso"));
        let mut attributes = vec![
            Attr::plain("ID", id.as_str()),
            Attr::plain("Version", "2.0"),
            Attr::plain("IssueInstant", &now),
            Attr::plain("Destination", &to),
        ];
        if asking.force {
            attributes.push(Attr::plain("ForceAuthn", "true"));
        }
        if asking.passive {
            attributes.push(Attr::plain("IsPassive", "true"));
        }
        attributes.extend(asking.attributes.iter().map(|(name, value)| Attr::plain(name, value)));
        let mut w = Writer::new();
        w.start(SAMLP, "AuthnRequest", &attributes).leaf(SAML, "Issuer", &[], self.entity.as_str());
        w
    }

    fn rest(mut w: Writer, asking: &Asking) -> Writer {
        if asking.name_format.is_some() || asking.affiliation.is_some() {
            let mut attributes = Vec::new();
            attributes.extend(asking.name_format.map(|format| Attr::plain("Format", format.uri())));
            attributes.extend(asking.affiliation.map(|of| Attr::plain("SPNameQualifier", of)));
            w.empty(SAMLP, "NameIDPolicy", &attributes);
        }
        if let Some((comparison, classes)) = &asking.context {
            w.start(SAMLP, "RequestedAuthnContext", &[Attr::plain("Comparison", comparison)]);
            for class in classes {
                w.leaf(SAML, "AuthnContextClassRef", &[], class);
            }
            w.end();
        }
        w.end();
        w
    }

    /// The path that the service sends the browser to, and the ID of its request.
    pub(crate) fn redirect(&self, world: &World, asking: &Asking) -> (String, MessageId) {
        let id = MessageId::from_random(world.app.random.bytes());
        let request = Self::rest(self.written(world, asking, &id), asking).finish();
        let relay_state = asking.relay_state.map(|state| RelayState::parse(state).unwrap());
        let to = format!("{PORTAL}/saml/sso");
        let url = self.signing(|signer| {
            let signer = (!asking.unsigned).then_some(signer);
            wire::redirect_url(&to, Direction::Request, &request, relay_state.as_ref(), signer).unwrap()
        });
        (url.strip_prefix(PORTAL).unwrap().to_owned(), id)
    }

    /// The form fields that the service lets the browser post, and the ID of its request.
    pub(crate) fn posted(&self, world: &World, asking: &Asking) -> (Vec<(&'static str, String)>, MessageId) {
        let id = MessageId::from_random(world.app.random.bytes());
        let mut w = self.written(world, asking, &id);
        let request: Fragment = if asking.unsigned {
            Self::rest(w, asking).finish()
        } else {
            w.signature_here();
            let unsigned = Self::rest(w, asking).finish_unsigned();
            self.signing(|signer| {
                let signing = Signing { algorithm: signer.algorithm, certificate: Some(signer.certificate) };
                unsigned.sign_as(id.as_str(), &signing, signer.sign).unwrap()
            })
        };
        let mut fields = vec![("SAMLRequest", wire::post_value(&request))];
        fields.extend(asking.relay_state.map(|state| ("RelayState", state.to_owned())));
        (fields, id)
    }

    /// The browser brings a request, and goes on as its page tells it, until somebody has to do something.
    pub(crate) async fn ask(&self, world: &World, browser: &mut Browser, asking: &Asking) -> (Page, MessageId) {
        let (path, id) = self.redirect(world, asking);
        let page = knock(browser, &path).await;
        (onward(browser, page).await, id)
    }

    /// Opens the response in the page's form, as the service at `consumer` does.
    pub(crate) fn opens(&self, world: &World, page: &Page, asked: Option<&MessageId>) -> Result<LoggedIn, Refused> {
        let form = SentForm::of(page).unwrap_or_else(|| panic!("no form: {}", page.text));
        assert_eq!(form.action, self.consumer());
        let response = STANDARD.decode(form.field("SAMLResponse").unwrap()).unwrap();
        self.reads(world, asked, |service| service::response(&response, service, world.now()))
    }

    /// Unwraps a key that was wrapped for the service.
    pub(crate) fn unwraps(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapFailed> {
        self.keys.unwrap("sp-decrypt", wrapped).map_err(|_| UnwrapFailed)
    }

    /// Does something as the service that reads our answers.
    pub(crate) fn reads<T>(
        &self,
        world: &World,
        asked: Option<&MessageId>,
        act: impl FnOnce(&service::Service<'_>) -> T,
    ) -> T {
        let key = VerifyingKey::from_certificate_der(&our_certificate(&world.app)).unwrap();
        let unwrap = |wrapped: &[u8]| self.unwraps(wrapped);
        let consumer = self.consumer();
        act(&service::Service {
            entity: &self.entity,
            consumer: &consumer,
            issuer: &world.app.idp_entity,
            keys: &[key],
            asked,
            unwrap: &unwrap,
            must_encrypt: false,
            skew: SignedDuration::from_secs(60),
        })
    }
}

/// The certificate of the key that signs for us, whatever the service.
fn our_certificate(app: &App) -> Arc<[u8]> {
    platform::idp::signing::ours(app, app.clock.now()).certificate
}

/// Registers these services and no others.
pub(crate) fn register(world: &World, services: impl IntoIterator<Item = Service>) {
    world.app.services.replace(Registered::of(services));
}

/// Keys of services. Made once for a build of these tests; they protect nothing.
fn service_keys() -> Arc<Keys> {
    static KEYS: OnceLock<Arc<Keys>> = OnceLock::new();
    let made = KEYS.get_or_init(|| {
        let file = region_keys::folder().join("services.keys");
        let seal = || Seal::credential(&region_keys::folder().join("credential"));
        if !file.exists() {
            let making = file.with_extension(std::process::id().to_string());
            let keys = Keys::create(&making, &seal()).unwrap();
            let now = "2026-01-01T00:00:00Z".parse().unwrap();
            for name in ["sp-sign", "sp-sign-2"] {
                keys.ensure(name, Kind::Sign { subject: "https://service.example/saml" }, now).unwrap();
            }
            keys.ensure("sp-decrypt", Kind::Decrypt { subject: "https://service.example/saml" }, now).unwrap();
            keys.save().unwrap();
            std::fs::rename(&making, &file).unwrap();
        }
        Arc::new(Keys::open(&file, &seal()).unwrap())
    });
    Arc::clone(made)
}
