//! Everything that can be wrong with metadata, in the words of those who have to put it right.

use jiff::Timestamp;
use xml::{Refused, UnusableKey};

use crate::{Binding, instant};

/// What is wrong and what to do, before it has a place.
pub(super) struct Problem {
    pub(super) fatal: bool,
    pub(super) code: &'static str,
    pub(super) en: String,
    pub(super) ja: String,
}

impl Problem {
    fn fatal(code: &'static str, en: impl Into<String>, ja: impl Into<String>) -> Self {
        Self { fatal: true, code, en: en.into(), ja: ja.into() }
    }

    fn warning(code: &'static str, en: impl Into<String>, ja: impl Into<String>) -> Self {
        Self { fatal: false, ..Self::fatal(code, en, ja) }
    }
}

// The document.

pub(super) fn unreadable(why: &Refused) -> Problem {
    let en = format!("the file cannot be read as metadata: {why}");
    Problem::fatal(
        "MD-01",
        en,
        format!("メタデータとして読み込めません（{why}）。ファイルを作り直してもらってください。"),
    )
}

pub(super) fn not_metadata(root: &str) -> Problem {
    let root = short(root);
    let en =
        format!("the outermost element is {root}, not EntityDescriptor or EntitiesDescriptor of SAML 2.0 metadata");
    let ja = format!(
        "最も外側の要素が {root} で、SAML 2.0 メタデータ（EntityDescriptor、EntitiesDescriptor）ではありません。"
    );
    Problem::fatal("MD-02", en, ja)
}

pub(super) fn entity_absent(wanted: &str) -> Problem {
    let wanted = short(wanted);
    let en = format!("the file does not describe {wanted}: check the entity ID, letter by letter");
    let ja = format!("{wanted} の記述がありません。エンティティIDを一字ずつ確かめてください。");
    Problem::fatal("MD-03", en, ja)
}

pub(super) fn entity_ambiguous(count: usize) -> Problem {
    let en = format!("{count} descriptions fit: name the entity ID, and have each described once");
    let ja =
        format!("該当する記述が {count} 件あります。エンティティIDを指定し、一つの記述だけにしてもらってください。");
    Problem::fatal("MD-03", en, ja)
}

pub(super) fn too_many_entities(max: usize) -> Problem {
    let en = format!("the file describes more than {max} entities: ask for one with this service alone");
    let ja = format!("{max} を超えるエンティティが入っています。このサービスだけのファイルをもらってください。");
    Problem::fatal("MD-03", en, ja)
}

pub(super) fn entity_id_malformed() -> Problem {
    let en = "the entity ID must be an absolute URI of at most 1024 characters";
    Problem::fatal("MD-04", en, "エンティティIDは 1024 文字以内の絶対URIでなければなりません。")
}

pub(super) fn expired(at: Timestamp) -> Problem {
    let at = instant::write(at);
    let en = format!("the metadata expired at {at}: ask for new metadata");
    Problem::fatal("MD-05", en, format!("メタデータは {at} に期限が切れました。新しいものをもらってください。"))
}

pub(super) fn instant_malformed(value: &str) -> Problem {
    let value = short(value);
    let en = format!("{value} is no instant in UTC such as 2026-11-22T00:00:00Z");
    Problem::fatal("MD-06", en, format!("{value} は UTC の日時（例 2026-11-22T00:00:00Z）ではありません。"))
}

pub(super) fn unlimited() -> Problem {
    let en = "metadata from an address needs validUntil, or an old copy could be passed off as new for ever";
    Problem::fatal(
        "MD-06",
        en,
        "URLから取得するメタデータには validUntil が必要です。ないと古い写しがいつまでも通用します。",
    )
}

pub(super) fn too_long(days: i64) -> Problem {
    let en = format!("metadata from an address may be valid for {days} days at most: have validUntil set closer");
    let ja =
        format!("URLから取得するメタデータの有効期間は {days} 日以内です。validUntil を近くしてもらってください。");
    Problem::fatal("MD-06", en, ja)
}

pub(super) fn ends_far(days: i64) -> Problem {
    let en = format!("validUntil is {days} days ahead: metadata that old will not be true; a year is plenty");
    Problem::warning("MD-06", en, format!("validUntil が {days} 日先です。長くても一年程度にしてもらってください。"))
}

pub(super) fn ends_soon(days: i64) -> Problem {
    let en = format!("the metadata ends in {days} days: ask for new metadata, or have it fetched from an address");
    let ja = format!("メタデータはあと {days} 日で期限が切れます。新しいものをもらうか、URLからの取得にしてください。");
    Problem::warning("MD-07", en, ja)
}

pub(super) fn unsigned() -> Problem {
    let en = "metadata from an address must be signed at its outermost element";
    Problem::fatal("MD-08", en, "URLから取得するメタデータは、最も外側の要素に署名が必要です。")
}

pub(super) fn signature_wrong(why: &Refused) -> Problem {
    let en = format!("the signature does not hold: {why}; compare the key that was agreed on");
    let ja = format!("署名を確認できません（{why}）。取り決めた鍵と照らし合わせてください。");
    Problem::fatal("MD-08", en, ja)
}

// The role.

pub(super) fn no_role() -> Problem {
    let en = "there is no SPSSODescriptor for SAML 2.0: this does not describe a service provider of SAML 2.0";
    Problem::fatal("MD-09", en, "SAML 2.0 の SPSSODescriptor がありません。サービス提供者のメタデータではありません。")
}

pub(super) fn first_only(what: &str) -> Problem {
    let en = format!("only the first {what} is used");
    Problem::warning("MD-10", en, format!("最初の {what} だけを使います。"))
}

pub(super) fn default_only(what: &str) -> Problem {
    let en = format!("only the default {what} is used");
    Problem::warning("MD-10", en, format!("既定の {what} だけを使います。"))
}

pub(super) fn too_many(max: usize) -> Problem {
    let en = format!("what comes after the first {max} is not used");
    Problem::warning("MD-10", en, format!("最初の {max} 件だけを使います。"))
}

pub(super) fn unknown_value(value: &str) -> Problem {
    let value = short(value);
    let en = format!("{value} is not understood, and is not used");
    Problem::warning("MD-10", en, format!("{value} は解釈できないため、使いません。"))
}

pub(super) fn no_consumer() -> Problem {
    let en = "no AssertionConsumerService can be used: one by HTTP-POST or HTTP-Artifact is needed";
    let ja = "使える AssertionConsumerService がありません。HTTP-POST か HTTP-Artifact のものが一つ必要です。";
    Problem::fatal("MD-11", en, ja)
}

pub(super) fn location_wrong(why: &BadLocation) -> Problem {
    let (en, ja) = match why {
        BadLocation::Absent => ("is missing", "がありません"),
        BadLocation::Form => (
            "is not an absolute http(s) URL in ASCII of at most 2048 characters",
            "が ASCII 2048 文字以内の http(s) の絶対URLではありません",
        ),
        BadLocation::Fragment => ("has a fragment (#…)", "にフラグメント（#…）があります"),
        BadLocation::UserInfo => ("has a user name or password in it", "にユーザー名やパスワードが入っています"),
    };
    let en = format!("the address {en}: this endpoint is not used");
    Problem::warning("MD-12", en, format!("アドレス{ja}。この送り先は使いません。"))
}

/// Why an address is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadLocation {
    Absent,
    Form,
    Fragment,
    UserInfo,
}

pub(super) fn clear_text(host: &str) -> Problem {
    let host = short(host);
    let en = format!("answers to {host} would travel in clear: have an https address given");
    let ja = format!("{host} への応答が暗号化されずに送られます。https のアドレスにしてもらってください。");
    Problem::warning("MD-13", en, ja)
}

pub(super) fn binding_unsupported(uri: &str, allowed: &[Binding]) -> Problem {
    let uri = short(uri);
    let allowed: Vec<String> = allowed.iter().map(|binding| format!("{binding:?}")).collect();
    let allowed = allowed.join(", ");
    let en = format!("binding {uri} is not supported here, and this endpoint not used; supported are {allowed}");
    let ja =
        format!("バインディング {uri} はここでは使えないため、この送り先は使いません。使えるのは {allowed} です。");
    Problem::warning("MD-14", en, ja)
}

pub(super) fn index_missing(given: u16) -> Problem {
    let en = format!("there is no index from 0 to 65535: taken as {given}");
    Problem::warning("MD-15", en, format!("0 から 65535 の index がありません。{given} とみなします。"))
}

pub(super) fn index_repeated(index: u16) -> Problem {
    let en = format!("index {index} is given twice: a request that names it is answered at the first");
    Problem::warning(
        "MD-15",
        en,
        format!("index {index} が重複しています。番号で指定された場合は最初のものに応答します。"),
    )
}

// Keys.

pub(super) fn no_certificate() -> Problem {
    let en = "the key is not given as ds:X509Certificate: have it given so, this one is not used";
    Problem::warning(
        "MD-16",
        en,
        "鍵が ds:X509Certificate で示されていないため使いません。証明書で示してもらってください。",
    )
}

pub(super) fn key_unusable(why: UnusableKey) -> Problem {
    let (code, en, ja) = match why {
        UnusableKey::Malformed => (
            "MD-16",
            "the certificate cannot be read: have its base64 copied whole".to_owned(),
            "証明書を読み取れません。base64 全体を写してもらってください。".to_owned(),
        ),
        UnusableKey::Kind | UnusableKey::Usage => (
            "MD-17",
            "the key is of a kind that is not supported: RSA, or for signatures P-256, is needed".to_owned(),
            "対応していない種類の鍵です。RSA（署名には P-256 も可）の鍵にしてもらってください。".to_owned(),
        ),
        UnusableKey::Size(bits) => (
            "MD-17",
            format!("the RSA key has {bits} bits, and is not used: 2048 to 8192 are needed"),
            format!("RSA 鍵が {bits} ビットのため使いません。2048 以上 8192 以下にしてもらってください。"),
        ),
    };
    Problem::warning(code, en, ja)
}

pub(super) fn certificate_ended(at: Timestamp) -> Problem {
    let at = instant::write(at);
    let en = format!(
        "the certificate ended at {at}; its key is used on, since metadata vouches for keys, but have it changed"
    );
    let ja = format!("証明書は {at} に期限が切れています。鍵は引き続き使いますが、更新してもらってください。");
    Problem::warning("MD-18", en, ja)
}

pub(super) fn certificate_ends_soon(days: i64) -> Problem {
    let en = format!("the certificate ends in {days} days: have the service publish its next key beside this one");
    let ja = format!("証明書はあと {days} 日で期限が切れます。次の鍵を並べて公開してもらってください。");
    Problem::warning("MD-18", en, ja)
}

pub(super) fn no_signing_key(promised: bool) -> Problem {
    let en = "no key can be used to verify what the service signs: its requests to log out will be refused";
    let ja = "サービスの署名を確認できる鍵がありません。ログアウト要求などは受け付けられません。";
    let more = " AuthnRequestsSigned を宣言しているため、このままでは使えません。";
    if promised {
        let en = "the service says that it signs its requests, but gives no key that can verify them";
        Problem::fatal("MD-19", en, format!("{ja}{more}"))
    } else {
        Problem::warning("MD-19", en, ja)
    }
}

pub(super) fn no_encryption_key() -> Problem {
    let en = "no key can be used to encrypt to the service: what it receives is protected by https alone";
    let ja = "サービス宛ての暗号化に使える鍵がありません。応答は https だけで保護されます。";
    Problem::warning("MD-20", en, ja)
}

pub(super) fn only_cbc() -> Problem {
    let en = "the service reads AES-CBC only, which nothing protects from change on the way: have it offer AES-GCM";
    let ja = "サービスは改ざんを検知できない AES-CBC しか読めません。AES-GCM に対応してもらってください。";
    Problem::warning("MD-21", en, ja)
}

pub(super) fn no_known_method(what: &str) -> Problem {
    let wanted = if what == KEY_TRANSPORT { "rsa-oaep-mgf1p" } else { "aes256-gcm" };
    let en = format!(
        "the service names only {what} algorithms that are refused as weak or not known: have it offer {wanted}"
    );
    let ja = format!(
        "弱いか未知のアルゴリズムしか挙げていません。{wanted} に対応してもらってください。この鍵は使いません。"
    );
    Problem::warning("MD-21", en, ja)
}

/// What [`no_known_method`] is about.
pub(super) const KEY_TRANSPORT: &str = "key transport";
/// What [`no_known_method`] is about.
pub(super) const CONTENT: &str = "content encryption";

pub(super) fn no_known_signature() -> Problem {
    let en =
        "the service says that it verifies none of our signature algorithms; SHA-1 is refused: have it take RSA-SHA256";
    let ja = "こちらの署名アルゴリズムに対応していないと宣言しています。SHA-1 は使いません。RSA-SHA256 に対応してもらってください。";
    Problem::warning("MD-22", en, ja)
}

// What people see.

pub(super) fn no_name(language: &str) -> Problem {
    let en = format!("there is no name in the language {language}: residents see another one, or the entity ID");
    let ja = format!("言語 {language} の名称がありません。住民には他の言語の名称かエンティティIDが表示されます。");
    Problem::warning("MD-23", en, ja)
}

pub(super) fn attribute_not_offered(name: &str, required: bool) -> Problem {
    let name = short(name);
    let en_need = if required { ", which the service says it cannot do without," } else { "" };
    let ja_need = if required { "（サービスには必須）" } else { "" };
    let en = format!("attribute {name}{en_need} is not offered here");
    Problem::warning("MD-24", en, format!("属性 {name}{ja_need} は提供していません。"))
}

pub(super) fn no_format() -> Problem {
    let en = "the service takes neither persistent nor transient name identifiers, and no others are given here";
    let ja = "サービスが受け取る識別子に persistent も transient もありません。ほかの形式は発行していません。";
    Problem::warning("MD-25", en, ja)
}

pub(super) fn no_logout() -> Problem {
    let en = "there is no SingleLogoutService: logging out of the portal does not log out of this service";
    let ja = "SingleLogoutService がありません。ポータルからログアウトしても、このサービスからはログアウトされません。";
    Problem::warning("MD-26", en, ja)
}

/// What comes from the document: one line at most, and nothing that a terminal or a page would act on.
fn short(text: &str) -> String {
    text.chars().take(CHARS_MAX).flat_map(char::escape_debug).collect()
}

const CHARS_MAX: usize = 120;
