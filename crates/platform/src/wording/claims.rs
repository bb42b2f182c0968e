//! The sentences about checks by a clinic's own software, and about its keys.

/// Checks by a clinic's own software.
pub struct Claims {
    /// On the eligibility screen, the field with the reference of the check: label and hint.
    pub reference: (&'static str, &'static str),
    /// A check once more, at the desk.
    pub again: Again,
    /// In the list of looks at one's own data: why.
    pub look: &'static str,
    /// Why the software is not answered.
    pub refused: Refused,
    /// The office's page of institutions and their keys.
    pub keys: KeysPage,
}

/// A check once more, at the desk, by the reference of an earlier one.
pub struct Again {
    /// Title of the form, and what it is for.
    pub title: (&'static str, &'static str),
    /// Field.
    pub reference: &'static str,
    /// Field and hint.
    pub on: (&'static str, &'static str),
    /// Button.
    pub button: &'static str,
    /// Title where it cannot be checked.
    pub refused: &'static str,
    /// The answer is another than then: title and text; `{}` is the day of that check.
    pub changed: (&'static str, &'static str),
    /// It is the same: likewise.
    pub same: (&'static str, &'static str),
}

/// Why the software is not answered.
pub struct Refused {
    /// No such key, or one that was withdrawn.
    pub key: &'static str,
    /// Not a question.
    pub question: &'static str,
    /// No reference of this institution, or one that is over.
    pub reference: &'static str,
    /// Another month than the reference's.
    pub date: &'static str,
    /// Too often.
    pub too_often: &'static str,
}

/// The office's page of institutions and their keys.
pub struct KeysPage {
    /// In the way around.
    pub nav: &'static str,
    /// Title, and what the page is about.
    pub title: (&'static str, &'static str),
    /// Headings of the table.
    pub columns: [&'static str; 4],
    /// State words: in force, withdrawn.
    pub states: [&'static str; 2],
    /// No institution has a key.
    pub none: &'static str,
    /// Title of the form.
    pub issue: &'static str,
    /// Field.
    pub institution: &'static str,
    /// First choice of it.
    pub choose: &'static str,
    /// Field and hint.
    pub label: (&'static str, &'static str),
    /// Button.
    pub issue_button: &'static str,
    /// Button.
    pub withdraw: &'static str,
    /// Something is missing in the form.
    pub wrong: &'static str,
    /// Where something is missing.
    pub missing: [&'static str; 2],
    /// A key was issued: title, and that it is shown this once.
    pub issued: (&'static str, &'static str),
    /// Label of it.
    pub key: &'static str,
    /// A key was withdrawn.
    pub withdrawn: &'static str,
}

pub(super) const JA: Claims = Claims {
    reference: (
        "照会番号",
        "請求の前に、受付の画面や院内のレセコンから、カードなしで同じ月の資格をもう一度確かめるときに使います。この医療機関だけで、3か月間使えます。",
    ),
    again: Again {
        title: (
            "照会番号でもう一度確かめる",
            "カードで確認した患者さんの資格を、請求の前にもう一度確かめます。あとから資格が失われていないかが分かります。患者さんのカードは要りません。",
        ),
        reference: "照会番号",
        on: ("確かめる日", "空欄なら、カードで確認した日です。同じ月の日だけを選べます。"),
        button: "もう一度確かめる",
        refused: "確かめられません",
        changed: (
            "前回の確認から変わりました",
            "{}にカードで確認したときと、この日の資格、負担割合、期限のどれかが違います。さかのぼった届け出や期限の更新のほか、ご本人が保険者とのつながりを変えたときにも違いが出ます。請求の前に、保険者とご本人に確認してください。",
        ),
        same: (
            "前回の確認から変わっていません",
            "{}にカードで確認したときと、この日の資格、負担割合、期限は同じです。",
        ),
    },
    look: "請求前の確認（カードなし）",
    refused: Refused {
        key: "接続キーが正しくないか、取り消されています。システムの管理者に伝えてください。",
        question: "問い合わせの形式が正しくありません。システムの管理者に伝えてください。",
        reference: "照会番号が正しくないか、期限が過ぎています。受付でカードを置いて、もう一度確認してください。",
        date: "この照会番号で確かめられるのは、確認した日と同じ月の日だけです。",
        too_often: "この人についての問い合わせが、今日はもう多すぎます。明日もう一度お試しください。",
    },
    keys: KeysPage {
        nav: "医療機関",
        title: (
            "医療機関の接続キー",
            "院内のソフトウェア（レセコンなど）が、請求の前に資格を確かめるための接続キーです。カードで確認した患者について、その医療機関だけが問い合わせられます。",
        ),
        columns: ["名前", "状態", "発行", "操作"],
        states: ["有効", "取り消し済み"],
        none: "接続キーは、まだ発行していません。",
        issue: "接続キーを発行する",
        institution: "医療機関",
        choose: "選んでください",
        label: ("名前", "どこの何のソフトウェアか。例：受付のレセコン"),
        issue_button: "発行する",
        withdraw: "取り消す",
        wrong: "発行できませんでした",
        missing: ["医療機関を選んでください", "100字までの名前を入れてください"],
        issued: (
            "接続キーを発行しました",
            "接続キーが表示されるのは、この1回だけです。安全な方法で医療機関に渡してください。なくしたときは取り消し、新しく発行してください。",
        ),
        key: "接続キー",
        withdrawn: "接続キーを取り消しました。もう使えません。",
    },
};

pub(super) const EN: Claims = Claims {
    reference: (
        "Reference",
        "With it the desk, or the clinic's own software, can check the days of the same month once more before a claim, without the card. It is good for this institution alone, and for three months.",
    ),
    again: Again {
        title: (
            "Check once more by reference",
            "Checks the coverage of a patient whose card was checked here once more before a claim: whether it was lost since, back to that day. The card is not needed.",
        ),
        reference: "Reference",
        on: ("Date", "Without one, the date of that check. Only days of the same month."),
        button: "Check once more",
        refused: "This cannot be checked",
        changed: (
            "It has changed since",
            "The coverage on this date, the share to pay or the last day is another than when the card was checked, on {}. Something may have been reported late, or the term renewed; it may also be that the patient has changed which insurers they are linked with. Ask the insurer and the patient before you claim.",
        ),
        same: (
            "It has not changed since",
            "The coverage on this date, the share to pay and the last day are the same as when the card was checked, on {}.",
        ),
    },
    look: "Check before a claim, without the card",
    refused: Refused {
        key: "The key is wrong or was withdrawn. Tell whoever runs the system.",
        question: "The question has not the right form. Tell whoever runs the system.",
        reference: "The reference is wrong or too old. Have the card put on the reader, and check once more.",
        date: "With this reference, only days of the month that was checked can be checked.",
        too_often: "This person was asked about too often today. Try again tomorrow.",
    },
    keys: KeysPage {
        nav: "Institutions",
        title: (
            "Keys of institutions",
            "With such a key an institution's own software can check coverage before a claim: of patients whose card it has checked, and of nobody else.",
        ),
        columns: ["Name", "State", "Issued", "Act"],
        states: ["In force", "Withdrawn"],
        none: "No key has been issued yet.",
        issue: "Issue a key",
        institution: "Institution",
        choose: "Please choose",
        label: ("Name", "Which software it is for, and where: for instance, the desk's claims software"),
        issue_button: "Issue",
        withdraw: "Withdraw",
        wrong: "No key was issued",
        missing: ["Choose an institution", "Give it a name of up to 100 characters"],
        issued: (
            "A key was issued",
            "It is shown this once. Hand it to the institution in a safe way. If it gets lost, withdraw it and issue another.",
        ),
        key: "Key",
        withdrawn: "The key was withdrawn. It opens nothing any more.",
    },
};
