//! The sentences of the office's portal.

/// The office's portal.
pub struct Office {
    /// Which door this is.
    pub place: &'static str,
    /// Links from page to page.
    pub to_services: &'static str,
    /// Link.
    pub to_keys: &'static str,
    /// Heading and lead of the list.
    pub services: (&'static str, &'static str),
    /// Nothing is registered.
    pub none: &'static str,
    /// Headings of the list's columns.
    pub column_name: &'static str,
    /// Column.
    pub column_state: &'static str,
    /// Column.
    pub column_refreshed: &'static str,
    /// Column.
    pub column_ends: &'static str,
    /// State words.
    pub active: &'static str,
    /// State word.
    pub suspended: &'static str,
    /// State word: the metadata has ended.
    pub ended: &'static str,
    /// State word: something needs a look.
    pub look: &'static str,
    /// No end.
    pub no_end: &'static str,
    /// Brought as a file.
    pub by_file: &'static str,
    /// Link or button.
    pub add: &'static str,
    /// Heading and lead of the first step.
    pub add_title: (&'static str, &'static str),
    /// Heading of the form for a file, and its field.
    pub from_file: (&'static str, &'static str),
    /// Heading of the form for an address, and its field.
    pub from_address: (&'static str, &'static str),
    /// Field and hint.
    pub certificate: (&'static str, &'static str),
    /// Button.
    pub check: &'static str,
    /// Heading of the second step, and what to do.
    pub preview: (&'static str, &'static str),
    /// A service of this entity ID is registered already.
    pub known: &'static str,
    /// Heading where it cannot be registered.
    pub unfit: &'static str,
    /// Button.
    pub register: &'static str,
    /// Link back.
    pub start_over: &'static str,
    /// Heading of what was found.
    pub found: &'static str,
    /// Nothing was found.
    pub nothing_found: &'static str,
    /// State words of what was found.
    pub error: &'static str,
    /// State word.
    pub warning: &'static str,
    /// Heading of the addresses.
    pub endpoints: &'static str,
    /// Facts about them.
    pub answers_to: &'static str,
    /// Fact.
    pub logout_to: &'static str,
    /// Fact.
    pub artifacts_to: &'static str,
    /// Fact.
    pub source: &'static str,
    /// Fact.
    pub entity: &'static str,
    /// Heading of the service's keys.
    pub keys: &'static str,
    /// Kinds of key.
    pub signs: &'static str,
    /// Kind of key.
    pub encrypts: &'static str,
    /// Before the end of a key's certificate.
    pub until: &'static str,
    /// The service has none.
    pub no_key: &'static str,
    /// Heading of the history.
    pub history: &'static str,
    /// Headings of its columns.
    pub history_columns: [&'static str; 3],
    /// What was done, as the history keeps it, and as a person reads it.
    pub history_acts: [(&'static str, &'static str); 7],
    /// Somebody who did nothing: it happened by itself.
    pub by_itself: &'static str,
    /// Questions before an act.
    pub acts: Acts,
    /// The form of the policy.
    pub policy: PolicyForm,
    /// Our own keys.
    pub own: OwnKeys,
}

/// What can be done to a service: the button, the question before it, and what it means.
pub struct Acts {
    /// Nobody may log in for now.
    pub suspend: (&'static str, &'static str, &'static str),
    /// Residents may log in again.
    pub resume: (&'static str, &'static str, &'static str),
    /// The service is forgotten.
    pub remove: (&'static str, &'static str, &'static str),
    /// Link: no.
    pub cancel: &'static str,
}

/// The form of the policy.
pub struct PolicyForm {
    /// Heading.
    pub title: &'static str,
    /// Legend: what residents read.
    pub shown: &'static str,
    /// Fields: name and purpose, in Japanese and English, and the first page.
    pub name: &'static str,
    /// Field.
    pub name_en: &'static str,
    /// Field.
    pub about: &'static str,
    /// Field.
    pub about_en: &'static str,
    /// Field and hint.
    pub start: (&'static str, &'static str),
    /// Legend: attributes that may be released.
    pub release: &'static str,
    /// Legend: how messages are protected.
    pub protection: &'static str,
    /// Choices.
    pub require_signed_requests: &'static str,
    /// Choice.
    pub sign_assertion: &'static str,
    /// Choice.
    pub sign_response: &'static str,
    /// Choice and warning.
    pub allow_cbc: (&'static str, &'static str),
    /// Choice.
    pub prefer_artifact: &'static str,
    /// Choice.
    pub bootstrap: &'static str,
    /// Field with its choices: if possible, always, never.
    pub encrypt: (&'static str, [&'static str; 3]),
    /// Field with its choices: persistent, transient.
    pub name_format: (&'static str, [&'static str; 2]),
    /// Field with its choices: the card, card and PIN.
    pub at_least: (&'static str, [&'static str; 2]),
    /// Button.
    pub save: &'static str,
    /// Notice after it.
    pub saved: &'static str,
}

/// Our own keys.
pub struct OwnKeys {
    /// Heading and lead.
    pub title: (&'static str, &'static str),
    /// Kinds: RSA, ECDSA, to decrypt.
    pub kinds: [&'static str; 3],
    /// Headings of the columns.
    pub columns: [&'static str; 5],
    /// States.
    pub used: &'static str,
    /// State: published, not yet used.
    pub waits: &'static str,
    /// State: no longer used, still published.
    pub kept: &'static str,
    /// State: being made.
    pub made: &'static str,
    /// The next key should be in use by now.
    pub late: &'static str,
    /// Heading and text of the early change; `{}` is the number of days.
    pub change: (&'static str, &'static str),
    /// Button.
    pub change_button: &'static str,
    /// Notice after it.
    pub changed: &'static str,
    /// Where the metadata is.
    pub metadata: &'static str,
}

impl Office {
    /// What was done, for a person to read.
    #[must_use]
    pub fn past<'a>(&self, what: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.history_acts.iter().find(|(kept, _)| *kept == what).map_or(what, |(_, read)| read)
    }
}

pub(super) const JA: Office = Office {
    place: "事務局用",
    to_services: "サービス",
    to_keys: "鍵",
    services: ("連携サービス", "住民がカードでログインできるサービスです。"),
    none: "登録されたサービスはありません。",
    column_name: "サービス",
    column_state: "状態",
    column_refreshed: "メタデータの確認",
    column_ends: "有効期限",
    active: "利用可",
    suspended: "停止中",
    ended: "期限切れ",
    look: "要確認",
    no_end: "期限なし",
    by_file: "ファイル",
    add: "サービスを登録する",
    add_title: (
        "サービスの登録",
        "サービスの運営者から受け取ったメタデータを調べます。この時点では何も登録されません。",
    ),
    from_file: ("ファイルから", "メタデータのファイル"),
    from_address: ("アドレスから", "メタデータのアドレス (https)"),
    certificate: ("署名の証明書 (PEM)", "メタデータの署名を検証します。運営者から別の経路で受け取ってください。"),
    check: "調べる",
    preview: ("登録の確認", "内容を確かめて、登録してください。"),
    known: "このサービスは登録済みです。登録すると、新しいメタデータに置き換わります。",
    unfit: "登録できません",
    register: "登録する",
    start_over: "やり直す",
    found: "調べた結果",
    nothing_found: "問題は見つかりませんでした。",
    error: "エラー",
    warning: "注意",
    endpoints: "アドレス",
    answers_to: "応答の送り先",
    logout_to: "ログアウトの送り先",
    artifacts_to: "アーティファクトの解決",
    source: "メタデータの入手元",
    entity: "エンティティID",
    keys: "サービスの鍵",
    signs: "署名",
    encrypts: "暗号化",
    until: "証明書の期限",
    no_key: "鍵がありません。",
    history: "履歴",
    history_columns: ["日時", "操作", "だれが"],
    history_acts: [
        ("added", "登録"),
        ("described anew", "メタデータを置き換え"),
        ("metadata refreshed", "メタデータを更新"),
        ("policy changed", "ポリシーを変更"),
        ("suspended", "停止"),
        ("resumed", "再開"),
        ("removed", "削除"),
    ],
    by_itself: "自動",
    acts: Acts {
        suspend: (
            "停止する",
            "このサービスを停止しますか",
            "再開するまで、だれもログインできません。住民の連携は残ります。",
        ),
        resume: ("再開する", "このサービスを再開しますか", "住民がふたたびログインできます。"),
        remove: ("削除する", "このサービスを削除しますか", "メタデータとポリシーを削除します。履歴は残ります。"),
        cancel: "やめる",
    },
    policy: PolicyForm {
        title: "ポリシー",
        shown: "住民に見せる内容",
        name: "名前",
        name_en: "名前 (英語)",
        about: "何のサービスか",
        about_en: "何のサービスか (英語)",
        start: ("開始ページ", "空欄なら、こちらからログインを始めます。"),
        release: "渡してよい属性 (住民が決めます)",
        protection: "メッセージの保護",
        require_signed_requests: "署名のない要求を断る",
        sign_assertion: "アサーションに署名する",
        sign_response: "応答に署名する",
        allow_cbc: ("AES-CBC を許す", "弱い暗号です。サービスが AES-GCM に対応するまでに限ってください。"),
        prefer_artifact: "アーティファクトで渡す",
        bootstrap: "ID-WSF の入口を渡す",
        encrypt: ("アサーションの暗号化", ["できるなら暗号化する", "必ず暗号化する", "暗号化しない"]),
        name_format: ("仮名", ["毎回同じ (このサービス専用)", "毎回違う"]),
        at_least: ("ログインの強さ", ["カードのみでよい", "カードと暗証番号"]),
        save: "保存する",
        saved: "保存しました。",
    },
    own: OwnKeys {
        title: ("IdPの鍵", "鍵は、公開してから使いはじめ、使いおわったあともしばらく公開します。交代は自動です。"),
        kinds: ["署名 (RSA)", "署名 (ECDSA)", "復号"],
        columns: ["鍵", "状態", "公開", "使用", "廃止"],
        used: "使用中",
        waits: "公開中 (使用前)",
        kept: "公開中 (使用後)",
        made: "作成中",
        late: "次の鍵を作成できていません。いまの鍵を使いつづけています。鍵ストアのファイルに書き込めるか確かめてください。",
        change: ("早めの交代", "新しい鍵をいま公開し、{}日後から使います。"),
        change_button: "鍵の交代を始める",
        changed: "鍵の交代を始めました。",
        metadata: "IdPのメタデータ",
    },
};

pub(super) const EN: Office = Office {
    place: "Office",
    to_services: "Services",
    to_keys: "Keys",
    services: ("Services", "Services that residents log in to with their card."),
    none: "No service is registered.",
    column_name: "Service",
    column_state: "State",
    column_refreshed: "Metadata seen",
    column_ends: "Valid until",
    active: "Active",
    suspended: "Suspended",
    ended: "Ended",
    look: "Needs a look",
    no_end: "No end",
    by_file: "File",
    add: "Register a service",
    add_title: (
        "Register a service",
        "The metadata that the service's operator gave you is examined first. Nothing is registered by that.",
    ),
    from_file: ("From a file", "File of metadata"),
    from_address: ("From an address", "Address of the metadata (https)"),
    certificate: (
        "Certificate of the signature (PEM)",
        "The metadata's signature is verified with it. Get it from the operator by another way.",
    ),
    check: "Examine",
    preview: ("Confirm the registration", "Look at what was found, then register."),
    known: "This service is registered. Registering replaces its metadata.",
    unfit: "It cannot be registered",
    register: "Register",
    start_over: "Start over",
    found: "What was found",
    nothing_found: "No problem was found.",
    error: "Error",
    warning: "Warning",
    endpoints: "Addresses",
    answers_to: "Answers go to",
    logout_to: "Logouts go to",
    artifacts_to: "Artifacts are resolved at",
    source: "Where the metadata comes from",
    entity: "Entity ID",
    keys: "Keys of the service",
    signs: "Signs",
    encrypts: "Encrypts",
    until: "Certificate until",
    no_key: "There is no key.",
    history: "History",
    history_columns: ["When", "What", "Who"],
    history_acts: [
        ("added", "Registered"),
        ("described anew", "Metadata replaced"),
        ("metadata refreshed", "Metadata refreshed"),
        ("policy changed", "Policy changed"),
        ("suspended", "Suspended"),
        ("resumed", "Resumed"),
        ("removed", "Removed"),
    ],
    by_itself: "by itself",
    acts: Acts {
        suspend: ("Suspend", "Suspend this service?", "Nobody can log in until it is resumed. Residents' links stay."),
        resume: ("Resume", "Resume this service?", "Residents can log in again."),
        remove: ("Remove", "Remove this service?", "Its metadata and policy are removed. The history stays."),
        cancel: "Cancel",
    },
    policy: PolicyForm {
        title: "Policy",
        shown: "What residents read",
        name: "Name",
        name_en: "Name in English",
        about: "What it is for",
        about_en: "What it is for, in English",
        start: ("First page", "If empty, the login begins with us."),
        release: "Attributes that may be released (the resident decides)",
        protection: "Protection of messages",
        require_signed_requests: "Refuse requests without a signature",
        sign_assertion: "Sign the assertion",
        sign_response: "Sign the response",
        allow_cbc: ("Allow AES-CBC", "Weak. Only until the service can do AES-GCM."),
        prefer_artifact: "Answer by artifact",
        bootstrap: "Give an entry to ID-WSF",
        encrypt: ("Encryption of assertions", ["If possible", "Always", "Never"]),
        name_format: ("Pseudonym", ["The same each time, for this service alone", "Another one each time"]),
        at_least: ("Strength of the login", ["The card alone will do", "Card and PIN"]),
        save: "Save",
        saved: "Saved.",
    },
    own: OwnKeys {
        title: (
            "Keys of the identity provider",
            "A key is published before it is used, and stays published for a while afterwards. They change by themselves.",
        ),
        kinds: ["Signs (RSA)", "Signs (ECDSA)", "Decrypts"],
        columns: ["Key", "State", "Published", "Used", "Forgotten"],
        used: "In use",
        waits: "Published, not yet used",
        kept: "Published, no longer used",
        made: "Being made",
        late: "The next key could not be made. This one is used on. Can the key store's file be written?",
        change: ("Early change", "New keys are published now and used after {} days."),
        change_button: "Begin to change the keys",
        changed: "The change of keys has begun.",
        metadata: "Metadata of the identity provider",
    },
};
