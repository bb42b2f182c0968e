//! The sentences about what residents have said of how they are reached.

use health::contact_xml::{PORTAL, POST};

/// How residents are reached.
pub(in crate::console) struct Contacts {
    /// In the way around.
    pub(in crate::console) nav: &'static str,
    pub(in crate::console) title: &'static str,
    pub(in crate::console) lead: &'static str,
    pub(in crate::console) none: &'static str,
    /// Name, number, telephone, mail, how notices are to come, and when it was changed.
    pub(in crate::console) columns: [&'static str; 6],
    /// How notices are to come: by post, or on the portal.
    by_post: &'static str,
    on_portal: &'static str,
    /// In the place of a name that the ledger does not have any more.
    pub(in crate::console) gone: &'static str,
    pub(in crate::console) older: &'static str,
}

impl Contacts {
    /// A wish for notices in words.
    pub(in crate::console) fn notices(&self, wish: &str) -> Option<&'static str> {
        match wish {
            POST => Some(self.by_post),
            PORTAL => Some(self.on_portal),
            _ => None,
        }
    }
}

pub(super) const JA: Contacts = Contacts {
    nav: "連絡先",
    title: "本人が届けた連絡先",
    lead: "本人がポータルから届けた電話番号、メールアドレス、お知らせの受け取り方の希望です。変わったのが新しい順に示します。「–」は、届けがないか、本人が消したものです。開いたことは、あなたの利用者名とともに閲覧記録に残ります。",
    none: "届けられた連絡先はまだありません。",
    columns: ["氏名", "記号・番号・枝番", "電話番号", "メールアドレス", "お知らせの希望", "最後に変わった日時"],
    by_post: "郵送",
    on_portal: "ポータル（郵送は不要）",
    gone: "いまの資格情報にない人",
    older: "もっと前",
};

pub(super) const EN: Contacts = Contacts {
    nav: "Contacts",
    title: "How residents are reached",
    lead: "Telephone numbers, e-mail addresses and how notices are to come, as residents have said in the portal, those that changed last first. Where there is a dash, nothing was given, or the resident has taken it out. That you have opened this page is in the access log, with your login name.",
    none: "Nobody has given any yet.",
    columns: ["Name", "Symbol, number and branch", "Telephone", "E-mail", "Notices", "Last changed"],
    by_post: "by post",
    on_portal: "on the portal, not by post",
    gone: "not in the ledger any more",
    older: "Older",
};
