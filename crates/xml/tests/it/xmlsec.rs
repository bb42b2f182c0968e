//! The judge from outside: `xmlsec1` checks what we make, and we check what it makes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use xml::{
    Attr, ContentCipher, Profile, Refused, Signing, Writer,
    algorithm::{C14N, EXC_C14N},
    decrypt, encrypt, exclusive_c14n, ns, verify_detached, verify_enveloped, verify_enveloped_with,
};

use crate::peer::{Peer, assertion, cut, envelope, first, parse, signed_assertion};

/// A folder of its own for each test.
struct Bench(PathBuf);

impl Bench {
    fn new(name: &str, peer: &Peer) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let bench = Self(folder);
        bench.put("certificate.pem", &peer.certificate.pem());
        bench.put("key.pem", &peer.private_pem());
        bench
    }

    fn put(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).unwrap();
    }

    fn get(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn run(&self, judge: &str, arguments: &[&str]) -> Result<(), String> {
        let output = Command::new(judge)
            .args(arguments)
            .current_dir(&self.0)
            .output()
            .unwrap_or_else(|e| panic!("`{judge}` judges our signatures: install it (apt install {judge}): {e}"));
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}

const ASSERTION_ID: [&str; 2] = ["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"];

#[test]
fn xmlsec1_accepts_our_enveloped_signatures_and_no_changed_one() {
    for (name, peer) in [("enveloped-rsa", Peer::rsa()), ("enveloped-p256", Peer::p256())] {
        let bench = Bench::new(name, &peer);
        let verify = ["--verify", "--pubkey-cert-pem", "certificate.pem", ASSERTION_ID[0], ASSERTION_ID[1]];
        // With a certificate in the message, from the message; still only one that a trusted root vouches for.
        let verify_brought = ["--verify", "--trusted-pem", "certificate.pem", ASSERTION_ID[0], ASSERTION_ID[1]];
        for (certificate, verify) in [(None, verify), (Some(&**peer.certificate.der()), verify_brought)] {
            let signing = Signing { certificate, ..peer.signing() };
            let Ok(message) = assertion("a1", "香川 <花子> & \"co\"\r\n\t").sign_as("a1", &signing, |m| peer.sign(m));
            bench.put("good.xml", message.as_str());
            bench.put("evil.xml", &message.as_str().replace("香川", "mallory"));
            assert_eq!(bench.run("xmlsec1", &[&verify[..], &["good.xml"]].concat()), Ok(()), "{name}");
            assert!(bench.run("xmlsec1", &[&verify[..], &["evil.xml"]].concat()).is_err());
        }
    }
}

#[test]
fn xmlsec1_accepts_our_detached_signature_and_no_changed_one() {
    let peer = Peer::rsa();
    let bench = Bench::new("detached", &peer);
    let message = envelope(&peer);
    bench.put("good.xml", &message);
    bench.put("evil.xml", &message.replace(">alice<", ">mallory<"));
    let verify = [
        "--verify",
        "--pubkey-cert-pem",
        "certificate.pem",
        "--id-attr:Id",
        "http://schemas.xmlsoap.org/soap/envelope/:Body",
        "--id-attr:Id",
        "http://www.w3.org/2005/08/addressing:To",
    ];
    assert_eq!(bench.run("xmlsec1", &[&verify[..], &["good.xml"]].concat()), Ok(()));
    assert!(bench.run("xmlsec1", &[&verify[..], &["evil.xml"]].concat()).is_err());
}

/// A document by someone with other habits: default namespaces, unused ones, odd white space, a PrefixList.
fn template(method: &str, list: &str) -> String {
    format!(
        r##"<?xml version="1.0"?>
<p:r xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:default">
  <Assertion  xmlns="urn:oasis:names:tc:SAML:2.0:assertion" b:z = 'x
y' xmlns:b="urn:b" a="&#xA;&quot;&lt;" ID="a1" xmlns:unused="urn:unused">
    <Issuer/><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>
      <CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">{list}</CanonicalizationMethod>
      <SignatureMethod Algorithm="{method}"/>
      <Reference URI="#a1"><Transforms>
        <Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
        <Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">{list}</Transform></Transforms>
        <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference>
      </SignedInfo><SignatureValue/><KeyInfo><KeyName/></KeyInfo></Signature>
    <AttributeValue type="xs:string"><c xmlns="">香川&#13;&amp;&gt;</c><p:d xml:lang="ja"/></AttributeValue>
  </Assertion>
</p:r>"##
    )
}

#[test]
fn we_accept_what_xmlsec1_signed() {
    for (name, peer) in [("signed-by-xmlsec1-rsa", Peer::rsa()), ("signed-by-xmlsec1-p256", Peer::p256())] {
        we_accept_what_xmlsec1_signed_for(&peer, &Bench::new(name, &peer));
    }
}

fn we_accept_what_xmlsec1_signed_for(peer: &Peer, bench: &Bench) {
    let lists = ["", "xs", "xs #default p", "xs unbound unused"];
    for (i, prefixes) in lists.into_iter().enumerate() {
        let list = format!("<InclusiveNamespaces xmlns=\"{}\" PrefixList=\"{prefixes}\"/>", ns::EC.uri);
        let list = if prefixes.is_empty() { "" } else { &list };
        bench.put("template.xml", &template(peer.signing().algorithm.uri(), list));
        let out = format!("signed{i}.xml");
        let sign =
            ["--sign", "--privkey-pem", "key.pem", ASSERTION_ID[0], ASSERTION_ID[1], "--output", &out, "template.xml"];
        assert_eq!(bench.run("xmlsec1", &sign), Ok(()));
        let message = bench.get(&out);
        let doc = parse(&message).unwrap();
        let verified = verify_enveloped(&doc, first(&doc, "Assertion"), &[peer.verifying_key()]);
        assert_eq!(verified.map(|v| v.id()), Ok("a1"), "{prefixes:?}");
        // The same signature, read as one among several parts.
        assert!(verify_detached(&doc, first(&doc, "Signature"), &[peer.verifying_key()]).is_ok());
        // A listed prefix is part of what is signed.
        let moved = message.replace("http://www.w3.org/2001/XMLSchema", "urn:attacker");
        let doc = parse(&moved).unwrap();
        let refused = verify_enveloped(&doc, first(&doc, "Assertion"), &[peer.verifying_key()]).is_err();
        assert_eq!(refused, !prefixes.is_empty(), "{prefixes:?}");
    }
}

/// Metadata as an old tool writes it: inclusive forms, inside a file with namespaces and a language of its own.
fn old_metadata(of_info: &str, of_entity: &str) -> String {
    format!(
        r##"<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns="urn:default" xmlns:unused="urn:unused" xml:lang="ja">
  <md:EntityDescriptor ID="e1" entityID="https://sp.example"><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>
      <CanonicalizationMethod Algorithm="{of_info}"/>
      <SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
      <Reference URI="#e1"><Transforms>
        <Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><Transform Algorithm="{of_entity}"/></Transforms>
        <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference>
      </SignedInfo><SignatureValue/></Signature>
    <md:Organization xmlns:x="urn:x"><md:OrganizationName xml:lang="en">x</md:OrganizationName><y/></md:Organization>
  </md:EntityDescriptor>
</md:EntitiesDescriptor>"##
    )
}

#[test]
fn inclusive_forms_are_accepted_where_the_caller_reads_metadata() {
    let peer = Peer::rsa();
    let keys = [peer.verifying_key()];
    let bench = Bench::new("metadata-by-xmlsec1", &peer);
    for forms in [(C14N, C14N), (C14N, EXC_C14N), (EXC_C14N, C14N), (EXC_C14N, EXC_C14N)] {
        bench.put("template.xml", &old_metadata(forms.0, forms.1));
        let id = ["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor"];
        let sign = ["--sign", "--privkey-pem", "key.pem", id[0], id[1], "--output", "signed.xml", "template.xml"];
        assert_eq!(bench.run("xmlsec1", &sign), Ok(()));
        let message = bench.get("signed.xml");
        let doc = parse(&message).unwrap();
        let entity = first(&doc, "EntityDescriptor");
        assert_eq!(
            verify_enveloped_with(&doc, entity, &keys, Profile::Metadata).map(|v| v.id()),
            Ok("e1"),
            "{forms:?}"
        );
        let as_message = verify_enveloped(&doc, entity, &keys).map(|v| v.id());
        let expected = match forms {
            (EXC_C14N, EXC_C14N) => Ok("e1"),
            (EXC_C14N, _) => Err(Refused::Transforms),
            _ => Err(Refused::Algorithm(C14N.to_owned())),
        };
        assert_eq!(as_message, expected);
        // What stands around is part of the inclusive form.
        for (from, to) in [("xml:lang=\"ja\"", "xml:lang=\"en\""), ("urn:unused", "urn:other"), (">x</md:", ">z</md:")]
        {
            let changed = message.replace(from, to);
            let doc = parse(&changed).unwrap();
            let refused =
                verify_enveloped_with(&doc, first(&doc, "EntityDescriptor"), &keys, Profile::Metadata).is_err();
            assert_eq!(refused, from.starts_with('>') || forms.1 == C14N || forms.0 == C14N, "{forms:?} {from}");
        }
    }
}

const CIPHERS: [ContentCipher; 4] =
    [ContentCipher::Aes256Gcm, ContentCipher::Aes128Gcm, ContentCipher::Aes256Cbc, ContentCipher::Aes128Cbc];

#[test]
fn xmlsec1_reads_what_we_encrypted() {
    let peer = Peer::rsa();
    let bench = Bench::new("encrypted", &peer);
    // Every length of the padding, of an assertion and of a name.
    let names = (0..16).map(|i| (assertion("a1", &"x".repeat(i)), "EncryptedAssertion", "Assertion"));
    let name = || {
        let mut w = Writer::new();
        w.leaf(ns::SAML, "NameID", &[Attr::plain("Format", "persistent")], "alice");
        w.finish_unsigned()
    };
    for (plain, wrapper, local) in names.chain([(name(), "EncryptedID", "NameID")]) {
        let Ok(plain) = plain.sign_as("a1", &peer.signing(), |m| peer.sign(m));
        for cipher in CIPHERS {
            let key = peer.encryption_key().with_cipher(cipher);
            let message = encrypt(&plain, (ns::SAML, wrapper), &key, &mut |bytes| bytes.fill(7)).unwrap();
            bench.put("message.xml", &without_key_name(message.as_str()));
            let decrypt = ["--decrypt", "--privkey-pem", "key.pem", "--output", "plain.xml", "message.xml"];
            assert_eq!(bench.run("xmlsec1", &decrypt), Ok(()), "{cipher:?}");
            let read = bench.get("plain.xml");
            let doc = parse(&read).unwrap();
            assert_eq!(exclusive_c14n(first(&doc, local), &[], None), plain.as_str());
        }
    }
}

/// Debian's xmlsec1 takes a key by name only from its own store.
fn without_key_name(message: &str) -> String {
    message.replace("<ds:KeyInfo><ds:KeyName>https://insurer.example</ds:KeyName></ds:KeyInfo>", "")
}

/// This xmlsec1 does not know RSA-OAEP with SHA-256, so `openssl` opens the content key, and xmlsec1 with it the content.
#[test]
fn openssl_opens_a_content_key_in_oaep_with_sha_256() {
    let peer = Peer::rsa();
    let bench = Bench::new("oaep-sha256", &peer);
    let token = signed_assertion(&peer, "a1", "alice");
    for cipher in CIPHERS {
        let key = peer.encryption_key().with_cipher(cipher).with_oaep_sha256();
        let message = encrypt(&token, (ns::SAML, "EncryptedAssertion"), &key, &mut |bytes| bytes.fill(7)).unwrap();
        let encrypted_key = cut(message.as_str(), "<xenc:EncryptedKey ", "</xenc:EncryptedKey>");
        let wrapped = cut(encrypted_key, "<xenc:CipherValue>", "</xenc:CipherValue>");
        let wrapped = &wrapped["<xenc:CipherValue>".len()..wrapped.len() - "</xenc:CipherValue>".len()];
        bench.put("key.b64", wrapped);
        bench.put("message.xml", &message.as_str().replace(encrypted_key, "<ds:KeyName>content</ds:KeyName>"));
        assert_eq!(bench.run("openssl", &["base64", "-d", "-A", "-in", "key.b64", "-out", "key.wrapped"]), Ok(()));
        let options = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"];
        let mut unwrap = vec!["pkeyutl", "-decrypt", "-inkey", "key.pem", "-in", "key.wrapped", "-out", "content.key"];
        unwrap.extend(options.iter().flat_map(|option| ["-pkeyopt", option]));
        assert_eq!(bench.run("openssl", &unwrap), Ok(()));
        let decrypt = ["--decrypt", "--aeskey:content", "content.key", "--output", "plain.xml", "message.xml"];
        assert_eq!(bench.run("xmlsec1", &decrypt), Ok(()), "{cipher:?}");
        let plain = bench.get("plain.xml");
        let doc = parse(&plain).unwrap();
        assert_eq!(exclusive_c14n(first(&doc, "Assertion"), &[], None), token.as_str());
    }
}

#[test]
fn we_read_what_xmlsec1_encrypted() {
    let peer = Peer::rsa();
    let bench = Bench::new("encrypted-by-xmlsec1", &peer);
    let token = signed_assertion(&peer, "a1", "alice");
    bench.put("plain.xml", token.as_str());
    for (name, bits) in [("aes128-gcm", "aes-128"), ("aes256-gcm", "aes-256")] {
        bench.put(
            "template.xml",
            &format!(
                r##"<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">
<EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#{name}"/>
<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><EncryptedKey xmlns="http://www.w3.org/2001/04/xmlenc#">
<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/><CipherData><CipherValue/></CipherData>
</EncryptedKey></KeyInfo><CipherData><CipherValue/></CipherData></EncryptedData>"##
            ),
        );
        let encrypt = [
            "--encrypt",
            "--pubkey-cert-pem",
            "certificate.pem",
            "--session-key",
            bits,
            "--xml-data",
            "plain.xml",
            "--output",
            "message.xml",
            "template.xml",
        ];
        assert_eq!(bench.run("xmlsec1", &encrypt), Ok(()));
        let data = bench.get("message.xml").replace("<?xml version=\"1.0\"?>", "");
        let message = format!("<EncryptedAssertion xmlns=\"{}\">{data}</EncryptedAssertion>", ns::SAML.uri);
        let doc = parse(&message).unwrap();
        let plain = decrypt(doc.root(), |wrapped| peer.unwrap(wrapped)).unwrap();
        let doc = parse(std::str::from_utf8(&plain).unwrap()).unwrap();
        assert!(verify_enveloped(&doc, doc.root(), &[peer.verifying_key()]).is_ok());
    }
}
