//! The sentences about what residents have said of how they are reached.

/// How residents are reached.
pub(in crate::console) struct Contacts {
    /// In the way around.
    pub(in crate::console) nav: &'static str,
    pub(in crate::console) title: &'static str,
    pub(in crate::console) lead: &'static str,
    pub(in crate::console) none: &'static str,
    /// Name, number, telephone, mail, and when it was changed.
    pub(in crate::console) columns: [&'static str; 5],
    /// In the place of a name that the ledger does not have any more.
    pub(in crate::console) gone: &'static str,
    pub(in crate::console) older: &'static str,
}

pub(super) const JA: Contacts = Contacts {
    nav: "連絡先",
    title: "本人が届けた連絡先",
    lead: "本人がポータルから届けた電話番号とメールアドレスです。変わったのが新しい順に示します。「–」は、届けがないか、本人が消したものです。開いたことは、あなたの利用者名とともに閲覧記録に残ります。",
    none: "届けられた連絡先はまだありません。",
    columns: ["氏名", "記号・番号・枝番", "電話番号", "メールアドレス", "最後に変わった日時"],
    gone: "いまの資格情報にない人",
    older: "もっと前",
};

pub(super) const EN: Contacts = Contacts {
    nav: "Contacts",
    title: "How residents are reached",
    lead: "Telephone numbers and e-mail addresses that residents have given in the portal, those that changed last first. Where there is a dash, nothing was given, or the resident has taken it out. That you have opened this page is in the access log, with your login name.",
    none: "Nobody has given any yet.",
    columns: ["Name", "Symbol, number and branch", "Telephone", "E-mail", "Last changed"],
    gone: "not in the ledger any more",
    older: "Older",
};
