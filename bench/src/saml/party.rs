use anyhow::Context;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rcgen::{CertificateParams, KeyPair};
use saml::{EntityId, Sign, SignFailed, Signer};
use xml::SignatureAlgorithm;

/// A party with one key, which it signs SAML messages with and which is measured bare, too.
pub(super) struct Party {
    pub(super) entity: EntityId,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) certificate: Vec<u8>,
    pub(super) certificate_pem: String,
    pub(super) key_pem: String,
    sign: Box<Sign<'static>>,
    public: ParsedPublicKey,
    /// A bare signature of [`MESSAGE`].
    signature: Vec<u8>,
}

impl Party {
    pub(super) fn new(entity: &str, algorithm: SignatureAlgorithm) -> anyhow::Result<Self> {
        let key = KeyPair::generate_for(match algorithm {
            SignatureAlgorithm::RsaSha256 => &rcgen::PKCS_RSA_SHA256,
            SignatureAlgorithm::EcdsaP256Sha256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        })?;
        let certificate = CertificateParams::new(vec!["party.example".to_owned()])?.self_signed(&key)?;
        let (sign, public) = keys(algorithm, &key.serialize_der())?;
        Ok(Self {
            entity: EntityId::parse(entity)?,
            algorithm,
            certificate: certificate.der().to_vec(),
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            signature: sign(MESSAGE)?,
            sign,
            public,
        })
    }

    pub(super) fn signer(&self) -> Signer<'_> {
        let (algorithm, certificate) = (self.algorithm, &*self.certificate);
        Signer { entity: &self.entity, algorithm, certificate, sign: &*self.sign }
    }

    pub(super) fn sign_bare(&self) -> anyhow::Result<()> {
        Ok((self.sign)(MESSAGE).map(drop)?)
    }

    pub(super) fn verify_bare(&self) -> anyhow::Result<()> {
        self.public.verify_sig(MESSAGE, &self.signature).context("a bare signature does not verify")
    }
}

fn keys(algorithm: SignatureAlgorithm, pkcs8: &[u8]) -> anyhow::Result<(Box<Sign<'static>>, ParsedPublicKey)> {
    let random = SystemRandom::new();
    Ok(match algorithm {
        SignatureAlgorithm::RsaSha256 => {
            let key = RsaKeyPair::from_pkcs8(pkcs8).context("the key that was just made")?;
            let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())?;
            let sign = move |message: &[u8]| {
                let mut signature = vec![0; key.public_modulus_len()];
                let signed = key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
                signed.map(|()| signature).map_err(|_| SignFailed)
            };
            (Box::new(sign), public)
        }
        SignatureAlgorithm::EcdsaP256Sha256 => {
            let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)?;
            let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref())?;
            let sign =
                move |message: &[u8]| key.sign(&random, message).map(|s| s.as_ref().to_vec()).map_err(|_| SignFailed);
            (Box::new(sign), public)
        }
    })
}

/// Where the service takes responses.
pub(super) const CONSUMER: &str = "https://sp.example/acs";

/// About as long as a SignedInfo.
const MESSAGE: &[u8] = &[0x5A; 512];
