//! The sentences about how institutions reach a resident.

use health::contact_xml::{Field, PORTAL, POST, Unreadable};

/// How institutions reach a resident. In a title, `{}` is the institution.
pub struct Contact {
    /// Tile of the menu and what it is about.
    pub tile: (&'static str, &'static str),
    /// Heading.
    pub title: &'static str,
    /// What the page is for.
    pub lead: &'static str,
    /// There is no institution.
    pub none: &'static str,
    /// A field's label and how to fill it.
    pub phone: (&'static str, &'static str),
    /// A field's label and how to fill it.
    pub email: (&'static str, &'static str),
    /// A field's label and what choosing means.
    pub notices: (&'static str, &'static str),
    /// What can be chosen there: the value and its words.
    pub notice_choices: [(&'static str, &'static str); 3],
    /// Behind a label.
    pub optional: &'static str,
    /// Before the time of the last change.
    pub since: &'static str,
    /// Before what stands at the institution now.
    pub stands_now: &'static str,
    /// What stands there if nothing does.
    pub nothing: &'static str,
    /// Button.
    pub save: &'static str,
    /// What was done a moment ago.
    pub changed: &'static str,
    /// Nothing was to be done.
    pub same: &'static str,
    /// Title of the summary of what is wrong.
    pub wrong: &'static str,
    /// What is wrong with a telephone number.
    pub no_phone: &'static str,
    /// What is wrong with an address.
    pub no_email: &'static str,
    /// What is chosen is not in the list.
    pub no_choice: &'static str,
    /// There is an Individual Number in it.
    pub my_number: &'static str,
    /// Somebody else was faster: title and what to do.
    pub meanwhile: (&'static str, &'static str),
    /// The institution would not.
    pub refused: &'static str,
    /// Nobody knows: title.
    pub unanswered: &'static str,
    /// And what to do.
    pub unanswered_text: &'static str,
    /// It did not reach the institution: title and what to do.
    pub unsent: (&'static str, &'static str),
    /// What stands in the list of looks.
    pub looks: Looks,
}

/// What stands in the list of looks.
pub struct Looks {
    /// What was looked at or changed.
    pub what: &'static str,
    /// A change is about to be sent.
    pub sent: &'static str,
    /// It was done.
    pub changed: &'static str,
    /// It was not, because of another one.
    pub meanwhile: &'static str,
    /// The institution would not.
    pub refused: &'static str,
}

impl Contact {
    /// What is wrong with a field.
    pub fn problem(&self, field: Field, error: &Unreadable) -> &'static str {
        match (error, field) {
            (Unreadable::MyNumber(_), _) => self.my_number,
            (_, Field::Phone) => self.no_phone,
            (_, Field::Email) => self.no_email,
            (_, Field::NoticeWish) => self.no_choice,
        }
    }
}

pub(super) const JA: Contact = Contact {
    tile: ("連絡先", "保険者に届ける電話番号・メール・お知らせの受け取り方"),
    title: "保険者に届ける連絡先",
    lead: "あなたがこのサイトから保険者に届けた連絡先です。変えたところだけが、その保険者に送られ、保険者の担当者が見ます。このサイトには残りません。",
    none: "つながっている保険者がありません。",
    phone: ("電話番号", "例：087-839-0000。海外の番号は + から書きます。"),
    email: ("メールアドレス", "例：hanako@example.jp"),
    notices: (
        "お知らせの受け取り方",
        "医療費のお知らせなどについての希望です。どうするかは、保険者が決めます。医療費は、このサイトの「医療費」で見られます。",
    ),
    notice_choices: [("", "希望はない"), (POST, "郵送で受け取りたい"), (PORTAL, "このサイトで見る（郵送は不要）")],
    optional: "（なくてもかまいません）",
    since: "最後に変えた日時",
    stands_now: "いま届いている内容：",
    nothing: "なし",
    save: "この保険者に送る",
    changed: "保険者に届きました。",
    same: "変えたところがないので、何も送っていません。",
    wrong: "次のところを直してください",
    no_phone: "電話番号として読めません。0 から始まる10けたか11けた、または + から始まる番号を書いてください。",
    no_email: "メールアドレスとして読めません。",
    no_choice: "一覧から選んでください。",
    my_number: "マイナンバーのような番号があります。ここには書かないでください。",
    meanwhile: (
        "{}の連絡先は、ページを開いたあとに変わっています",
        "何も変えていません。いま届いている内容を確かめて、よければもう一度送ってください。",
    ),
    refused: "{}は受け付けませんでした",
    unanswered: "{}から確かな返事がありません",
    unanswered_text: "届いたかどうか分かりません。しばらくしてからこのページを開き直して、内容を確かめてください。",
    unsent: ("{}に送れませんでした", "変更は送られていません。しばらくしてから、もう一度送ってください。"),
    looks: Looks {
        what: "連絡先",
        sent: "変更を送り始めました",
        changed: "変更が届きました",
        meanwhile: "先に別の変更があり、変えていません",
        refused: "保険者が受け付けませんでした",
    },
};

pub(super) const EN: Contact = Contact {
    tile: ("Contact", "Telephone, e-mail and how notices come, as you have told your insurers"),
    title: "How your insurers reach you",
    lead: "This is what you have told your insurers from this site. Only what you change is sent, to that insurer alone, whose staff see it. Nothing of it stays on this site.",
    none: "No insurer is linked to you.",
    phone: ("Telephone", "For example 087-839-0000. Begin a number abroad with +."),
    email: ("E-mail", "For example hanako@example.jp"),
    notices: (
        "How notices come",
        "What you wish for notices such as that of medical expenses; your insurer decides. Medical expenses are on this site, too.",
    ),
    notice_choices: [("", "No wish"), (POST, "By post"), (PORTAL, "On this site, not by post")],
    optional: "(can be left empty)",
    since: "Last changed",
    stands_now: "The insurer has now:",
    nothing: "nothing",
    save: "Send to this insurer",
    changed: "The insurer has it.",
    same: "Nothing was different, so that nothing was sent.",
    wrong: "Please correct this",
    no_phone: "This is no telephone number: ten or eleven digits from 0 on, or a number that begins with +.",
    no_email: "This is no e-mail address.",
    no_choice: "Choose one of the list.",
    my_number: "This may be a My Number. Do not write it here.",
    meanwhile: (
        "What {} has was changed after you opened the page",
        "Nothing was changed. Look at what the insurer has now, and send yours again if it is right.",
    ),
    refused: "{} did not accept it",
    unanswered: "There is no sure answer from {}",
    unanswered_text: "Nobody knows whether it arrived. Open this page again in a while and look.",
    unsent: ("{} was not reached", "The change was not sent. Please send it again in a while."),
    looks: Looks {
        what: "Contact",
        sent: "A change was about to be sent",
        changed: "The change arrived",
        meanwhile: "Not changed: another change came first",
        refused: "The insurer did not accept it",
    },
};
