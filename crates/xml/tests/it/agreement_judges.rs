//! The judges from outside, for ECDH-ES: Debian's xmlsec1 does not know it, so `openssl` takes the steps of the key, and xmlsec1 with it
//! that of the content, both ways; `xmllint` looks at the form.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use xml::{decrypt_as, encrypt, exclusive_c14n, ns};

use crate::peer::{Peer, cut, first, parse, signed_assertion};

const INSURER: &str = "https://insurer.example";
const KEY_WRAP: &str = "http://www.w3.org/2001/04/xmlenc#kw-aes256";

/// A folder of its own for each test.
struct Bench(PathBuf);

impl Bench {
    fn new(name: &str, peer: &Peer) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let bench = Self(folder);
        bench.put("key.pem", peer.private_pem());
        bench
    }

    fn put(&self, file: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(file), content).unwrap();
    }

    fn run(&self, command: &str) -> String {
        let mut words = command.split_whitespace();
        let judge = words.next().unwrap();
        let output = Command::new(judge).args(words).current_dir(&self.0).output();
        let output = output.unwrap_or_else(|e| panic!("`{judge}` judges what we encrypt: install it: {e}"));
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What follows from the private key in one file and the public key in another (NIST SP 800-56A; OpenSSL calls it SSKDF), in
    /// hexadecimal digits.
    fn derived(&self, private: &str, public: &str, info: &[u8]) -> String {
        self.run(&format!("openssl pkeyutl -derive -inkey {private} -peerkey {public} -out shared"));
        let shared = hex::encode(fs::read(self.0.join("shared")).unwrap());
        let options = format!("-kdfopt digest:SHA2-256 -kdfopt hexkey:{shared} -kdfopt hexinfo:{}", hex::encode(info));
        self.run(&format!("openssl kdf -keylen 32 {options} SSKDF")).trim().replace(':', "")
    }

    /// RFC 3394.
    fn wrap(&self, way: &str, kek: &str, from: &str, to: &str) {
        self.run(&format!("openssl enc {way} -id-aes256-wrap -K {kek} -iv A6A6A6A6A6A6A6A6 -in {from} -out {to}"));
    }
}

/// What a derivation is bound to: three strings with their lengths.
fn info(originator: &[u8]) -> [Vec<u8>; 3] {
    [KEY_WRAP.as_bytes(), originator, INSURER.as_bytes()].map(|bytes| {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&length[..], bytes].concat()
    })
}

/// A SubjectPublicKeyInfo on P-256 (RFC 5480) around a point.
fn spki(point: &[u8]) -> String {
    let start = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode([&start, point].concat()))
}

fn value(text: &str, element: &str) -> Vec<u8> {
    let whole = cut(text, &format!("<{element}>"), &format!("</{element}>"));
    STANDARD.decode(&whole[element.len() + 2..whole.len() - element.len() - 3]).unwrap()
}

#[test]
fn openssl_and_xmlsec1_read_what_we_encrypted_to_a_key_on_p256() {
    let peer = Peer::agreeing();
    let bench = Bench::new("agreed", &peer);
    let token = signed_assertion(&peer, "a1", "alice");
    let wrapper = (ns::SAML, "EncryptedAssertion");
    let message = encrypt(&token, wrapper, &peer.encryption_key(), &mut |bytes| bytes.fill(7)).unwrap().into_string();
    let key = cut(&message, "<xenc:EncryptedKey ", "</xenc:EncryptedKey>");
    let point = value(key, "dsig11:PublicKey");
    bench.put("originator.pem", spki(&point));
    bench.put("wrapped", value(key, "xenc:CipherValue"));
    bench.put("message.xml", message.replace(key, "<ds:KeyName>content</ds:KeyName>"));

    let kek = bench.derived("key.pem", "originator.pem", &info(&point).concat());
    bench.wrap("-d", &kek, "wrapped", "content.key");
    bench.run("xmlsec1 --decrypt --aeskey:content content.key --output plain.xml message.xml");

    let plain = fs::read_to_string(bench.0.join("plain.xml")).unwrap();
    let doc = parse(&plain).unwrap();
    assert_eq!(exclusive_c14n(first(&doc, "Assertion"), &[], None), token.as_str());
}

#[test]
fn we_read_what_openssl_and_xmlsec1_encrypted_to_a_key_on_p256() {
    let peer = Peer::agreeing();
    let bench = Bench::new("agreed-by-openssl", &peer);
    let token = signed_assertion(&peer, "a1", "alice");
    bench.put("plain.xml", token.as_str());
    bench.put("content.key", [9; 32]);
    bench.put("template.xml", TEMPLATE);
    bench.run("xmlsec1 --encrypt --aeskey:content content.key --xml-data plain.xml --output message.xml template.xml");
    bench.run("openssl ecparam -name prime256v1 -genkey -noout -out own.pem");
    bench.run("openssl ec -in own.pem -pubout -outform DER -out own.der");
    bench.run("openssl ec -in key.pem -pubout -out peer.pem");
    let own = fs::read(bench.0.join("own.der")).unwrap();
    let point = &own[own.len() - 65..];
    let info = info(point);

    let kek = bench.derived("own.pem", "peer.pem", &info.concat());
    bench.wrap("-e", &kek, "content.key", "wrapped");
    let wrapped = STANDARD.encode(fs::read(bench.0.join("wrapped")).unwrap());
    let [algorithm, party, recipient] = info.map(|bytes| format!("00{}", hex::encode(bytes)));
    let key = KEY
        .replace("ALGORITHM", &algorithm)
        .replace("PARTYU", &party)
        .replace("PARTYV", &recipient)
        .replace("POINT", &STANDARD.encode(point))
        .replace("WRAPPED", &wrapped);
    let data = fs::read_to_string(bench.0.join("message.xml")).unwrap();
    let data = data.replace("<?xml version=\"1.0\"?>", "").replace("<KeyName>content</KeyName>", &key);
    let message = format!("<EncryptedAssertion xmlns=\"{}\">{data}</EncryptedAssertion>", ns::SAML.uri);

    let doc = parse(&message).unwrap();
    let plain = decrypt_as(INSURER, doc.root(), |key| peer.open(key)).unwrap();
    let doc = parse(std::str::from_utf8(&plain).unwrap()).unwrap();
    assert!(xml::verify_enveloped(&doc, doc.root(), &[peer.verifying_key()]).is_ok());
}

const TEMPLATE: &str = r##"<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">
<EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>
<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><KeyName>content</KeyName></KeyInfo>
<CipherData><CipherValue/></CipherData></EncryptedData>"##;

/// Somebody with other habits: default namespaces, white space, small digits.
const KEY: &str = r##"
<EncryptedKey xmlns="http://www.w3.org/2001/04/xmlenc#">
  <EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#kw-aes256"/>
  <d:KeyInfo xmlns:d="http://www.w3.org/2000/09/xmldsig#">
    <AgreementMethod Algorithm="http://www.w3.org/2009/xmlenc11#ECDH-ES">
      <KeyDerivationMethod xmlns="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#ConcatKDF">
        <ConcatKDFParams PartyVInfo="PARTYV" PartyUInfo="PARTYU" AlgorithmID="ALGORITHM">
          <d:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
        </ConcatKDFParams>
      </KeyDerivationMethod>
      <OriginatorKeyInfo>
        <d:KeyValue>
          <ECKeyValue xmlns="http://www.w3.org/2009/xmldsig11#">
            <NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/>
            <PublicKey>
              POINT
            </PublicKey>
          </ECKeyValue>
        </d:KeyValue>
      </OriginatorKeyInfo>
      <RecipientKeyInfo><d:KeyName>insurer</d:KeyName></RecipientKeyInfo>
    </AgreementMethod>
  </d:KeyInfo>
  <CipherData><CipherValue>WRAPPED</CipherValue></CipherData>
</EncryptedKey>"##;

/// The schemas of the W3C are those of Debian's `xmltooling-schemas`; `SSC_SAML_XSD` names another folder with `xmltooling/` in it.
#[test]
fn xmllint_finds_what_we_encrypt_valid_where_the_schemas_are() {
    let folder = std::env::var_os("SSC_SAML_XSD").map_or_else(|| PathBuf::from("/usr/share/xml"), PathBuf::from);
    let folder = folder.join("xmltooling");
    if !folder.join("xenc11-schema.xsd").exists() || !folder.join("xmldsig11-schema.xsd").exists() {
        println!("not judged: Debian's xmltooling-schemas are not installed");
        return;
    }
    let peer = Peer::agreeing();
    let bench = Bench::new("agreed-schema", &peer);
    let import = |(namespace, file): (&str, &str)| {
        format!("<xs:import namespace=\"{namespace}\" schemaLocation=\"{}\"/>", folder.join(file).display())
    };
    let schemas = [
        (ns::XENC.uri, "xenc-schema.xsd"),
        (ns::XENC11.uri, "xenc11-schema.xsd"),
        (ns::DSIG11.uri, "xmldsig11-schema.xsd"),
    ];
    let imports = schemas.map(import).concat();
    bench.put("all.xsd", format!("<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">{imports}</xs:schema>"));
    let token = signed_assertion(&peer, "a1", "alice");
    let wrapper = (ns::SAML, "EncryptedAssertion");
    let message = encrypt(&token, wrapper, &peer.encryption_key(), &mut |bytes| bytes.fill(7)).unwrap().into_string();
    let data = cut(&message, "<xenc:EncryptedData ", "</xenc:EncryptedData>");
    let judged = |data: &str| {
        bench.put("data.xml", data);
        let mut judge = Command::new("xmllint");
        judge.env("XML_CATALOG_FILES", folder.join("catalog.xml")).current_dir(&bench.0);
        let verdict = judge.args(["--nonet", "--noout", "--schema", "all.xsd", "data.xml"]).output();
        let verdict = verdict.expect("xmllint is missing: install Debian's libxml2-utils");
        (verdict.status.success(), String::from_utf8_lossy(&verdict.stderr).into_owned())
    };

    let (valid, said) = judged(data);
    assert!(valid, "{said}");
    let parameters = data.replace("<xenc11:ConcatKDFParams ", "<xenc11:ConcatKDFParams Own=\"\" ");
    assert!(!judged(&parameters).0, "the judge looks at the derivation");
    let curve = data.replace("<dsig11:NamedCurve URI", "<dsig11:NamedCurve URL");
    assert!(!judged(&curve).0, "the judge looks at the sender's key");
}
