//! Requests in doubt.

use person::{Agreement, Item, Verdict};

use super::Two;
use crate::link::case::{CaseState, Reason};

/// Sentences about requests in doubt.
pub(in crate::console) struct Cases {
    pub(in crate::console) title: &'static str,
    pub(in crate::console) lead: &'static str,
    pub(in crate::console) none: &'static str,
    pub(in crate::console) came: &'static str,
    pub(in crate::console) columns: [&'static str; 3],
    /// On the first page, with a count.
    pub(in crate::console) waiting: &'static str,
    pub(in crate::console) one: &'static str,
    pub(in crate::console) one_lead: &'static str,
    /// Waiting, linked, refused, withdrawn.
    states: [&'static str; 4],
    pub(in crate::console) opened: &'static str,
    pub(in crate::console) decided: &'static str,
    pub(in crate::console) reason: &'static str,
    pub(in crate::console) note: Two,
    pub(in crate::console) forgotten: &'static str,
    pub(in crate::console) candidate: &'static str,
    pub(in crate::console) nobody: &'static str,
    pub(in crate::console) taken: &'static str,
    pub(in crate::console) compared: [&'static str; 4],
    pub(in crate::console) as_compared: &'static str,
    /// In the order of [`Item::ALL`].
    items: [&'static str; Item::ALL.len()],
    /// Match, check, no match.
    verdicts: (&'static str, &'static str, &'static str),
    /// Equal, variant, other name, differs, missing.
    agreements: [&'static str; 5],
    pub(in crate::console) glyph_moji_joho: &'static str,
    pub(in crate::console) glyph_tax_agency: &'static str,
    pub(in crate::console) glyph_1983: &'static str,
    pub(in crate::console) kana_differs: &'static str,
    pub(in crate::console) address_differs: &'static str,
    pub(in crate::console) building_differs: &'static str,
    pub(in crate::console) name_differs: &'static str,
    pub(in crate::console) other_name: &'static str,
    pub(in crate::console) missing_asked: &'static str,
    pub(in crate::console) missing_known: &'static str,
    pub(in crate::console) missing_both: &'static str,
    /// Male, female, not given.
    pub(in crate::console) sexes: (&'static str, &'static str, &'static str),
    pub(in crate::console) link: Two,
    pub(in crate::console) link_button: &'static str,
    pub(in crate::console) same: &'static str,
    pub(in crate::console) refuse: Two,
    pub(in crate::console) refuse_button: &'static str,
    pub(in crate::console) choose: &'static str,
    /// To link and to refuse, in the order of [`Reason`].
    reasons: [&'static str; 6],
    pub(in crate::console) wrong: &'static str,
    pub(in crate::console) wrong_choice: &'static str,
    pub(in crate::console) wrong_reason: &'static str,
    pub(in crate::console) wrong_note: &'static str,
    pub(in crate::console) wrong_my_number: &'static str,
    /// Linked, refused, over, stale.
    done: [&'static str; 4],
}

impl Cases {
    pub(in crate::console) fn state(&self, state: CaseState) -> &'static str {
        let [waiting, linked, refused, withdrawn] = self.states;
        match state {
            CaseState::Waiting => waiting,
            CaseState::Linked => linked,
            CaseState::Refused => refused,
            CaseState::Withdrawn => withdrawn,
        }
    }

    pub(in crate::console) fn reason(&self, reason: Reason) -> &'static str {
        let [writing, moved, confirmed, other, number, unclear] = self.reasons;
        match reason {
            Reason::Writing => writing,
            Reason::Moved => moved,
            Reason::Confirmed => confirmed,
            Reason::OtherPerson => other,
            Reason::WrongNumber => number,
            Reason::Unclear => unclear,
        }
    }

    pub(in crate::console) fn item(&self, item: Item) -> &'static str {
        let place = Item::ALL.iter().position(|one| *one == item);
        place.and_then(|place| self.items.get(place)).copied().unwrap_or_default()
    }

    pub(in crate::console) fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Match => self.verdicts.0,
            Verdict::Check => self.verdicts.1,
            Verdict::NoMatch => self.verdicts.2,
        }
    }

    pub(in crate::console) fn agreement(&self, agreement: &Agreement) -> &'static str {
        let [equal, variant, other, differs, missing] = self.agreements;
        match agreement {
            Agreement::Equal => equal,
            Agreement::Variant(_) => variant,
            Agreement::OtherName => other,
            Agreement::Differs => differs,
            Agreement::Missing => missing,
        }
    }

    /// What just happened, and in which colour it is said.
    pub(in crate::console) fn said(&self, code: &str) -> Option<Two> {
        let [linked, refused, over, stale] = self.done;
        Some(match code {
            "linked" => ("info", linked),
            "refused" => ("info", refused),
            "over" => ("warn", over),
            "stale" => ("warn", stale),
            _ => return None,
        })
    }
}

pub(super) const JA: Cases = Cases {
    title: "連携の確認",
    lead: "本人からの連携の申し出のうち、自動では決められなかったものです。台帳と見比べて、つなぐかどうかを決めてください。",
    none: "確認を待つ申し出はありません。",
    came: "申し出",
    columns: ["受け付け", "状態", "担当者"],
    waiting: "確認を待つ連携の申し出： {} 件",
    one: "連携の申し出",
    one_lead: "この画面を開いたことは記録に残ります。決めると、申し出の内容はこのノードから消えます。",
    states: ["確認待ち", "つないだ", "断った", "本人が取り下げた"],
    opened: "受け付け",
    decided: "決めた担当者と日時",
    reason: "理由",
    note: ("補足（任意、200字まで）", "氏名や番号など、本人の情報は書かないでください。"),
    forgotten: "申し出の内容は、このノードから消えています。",
    candidate: "台帳の候補",
    nobody: "候補だった人は、いまの台帳にいません。新しい資格情報の取り込みで消えたためです。つなぐことはできません。",
    taken: "この人には、すでに別の連携があります。同じ人からの申し出か、特に注意して確かめてください。",
    compared: ["項目", "申し出", "台帳", "判定と理由"],
    as_compared: "比べた形",
    items: ["保険者・記号・番号", "枝番", "氏名", "フリガナ", "生年月日", "性別", "住所", "方書（建物など）"],
    verdicts: ("一致", "要確認", "不一致"),
    agreements: ["同じ", "字体の違い", "別の名前", "違う", "比べられない"],
    glyph_moji_joho: "「{}」と「{}」は同じ文字の字体違い（異体字）です（文字情報基盤の縮退マップ）。",
    glyph_tax_agency: "「{}」と「{}」は同じ文字の字体違い（異体字）です（国税庁の縮退マップ）。",
    glyph_1983: "「{}」と「{}」は1983年のJIS改正で入れ替わった文字です。古い機械では互いに置き換わって見えます。",
    kana_differs: "読みが違います。清音と濁音、長音の有無は、別の読みとして扱います。",
    address_differs: "住所が違います。転居や、届出の前後で違うことがあります。",
    building_differs: "建物や部屋の書き方が違います。判定には使いません。",
    name_differs: "氏名が違います。改姓のほか、別の人のこともあります。",
    other_name: "一方の氏名が、もう一方の旧氏または通称と同じです。",
    missing_asked: "申し出にありません。",
    missing_known: "台帳にありません。",
    missing_both: "申し出にも台帳にもありません。",
    sexes: ("男", "女", "未設定"),
    link: (
        "つなぐ",
        "同じ人だと確かめたときだけ、候補を選んでつなぎます。番号が変わって台帳に二つあるときは、両方を選べます。",
    ),
    link_button: "この人につなぐ",
    same: "候補 {} は申し出た本人である",
    refuse: ("断る", "つなげないときは、理由を選んで断ります。本人には、つながらなかったことだけが伝わります。"),
    refuse_button: "断る",
    choose: "選んでください",
    reasons: [
        "書き方の違いだけで、同じ人である",
        "転居しているが、同じ人である",
        "本人または資料に確かめた",
        "別の人である",
        "番号が本人のものではない",
        "この内容では決められない",
    ],
    wrong: "直すところがあります",
    wrong_choice: "つなぐ候補を選んでください。",
    wrong_reason: "理由を選んでください。",
    wrong_note: "補足は200字までの文章にしてください。",
    wrong_my_number: "補足にマイナンバーと思われる12桁の番号があります。除いてください。",
    done: [
        "つなぎました。申し出の内容は消えました。",
        "断りました。申し出の内容は消えました。",
        "この申し出は、もう確認を待っていません。ほかの担当者が決めたか、本人が取り下げました。",
        "開いたあとに台帳が変わりました。もう一度見比べてください。何も変わっていません。",
    ],
};

pub(super) const EN: Cases = Cases {
    title: "Links to check",
    lead: "Residents who asked to be linked and whom no machine could decide on. Compare them with the ledger.",
    none: "No request waits to be checked.",
    came: "Requests",
    columns: ["Received", "State", "Clerk"],
    waiting: "Requests for a link that wait to be checked: {}",
    one: "Request for a link",
    one_lead: "That you have opened this page is on record. As soon as you decide, what was asked is gone from this node.",
    states: ["waits", "linked", "refused", "withdrawn by the resident"],
    opened: "Received",
    decided: "Decided by, and when",
    reason: "Reason",
    note: ("Remark (optional, up to 200 characters)", "Do not write names, numbers or anything else about the person."),
    forgotten: "What was asked is gone from this node.",
    candidate: "In the ledger",
    nobody: "Nobody who came into question is in the ledger any more: a newer coverage file has removed them. There is nobody to link.",
    taken: "This person has another link already. Make very sure that the request comes from the same person.",
    compared: ["Item", "Request", "Ledger", "Verdict and reason"],
    as_compared: "as compared",
    items: ["Insurer, symbol, number", "Branch", "Name", "Kana", "Birth date", "Sex", "Address", "Building"],
    verdicts: ("match", "to check", "no match"),
    agreements: ["same", "form of a character", "another name", "differs", "cannot be compared"],
    glyph_moji_joho: "{} and {} are forms of one character (reduction map of the Character Information Base).",
    glyph_tax_agency: "{} and {} are forms of one character (reduction map of the National Tax Agency).",
    glyph_1983: "{} and {} changed places in JIS in 1983: older machines show one for the other.",
    kana_differs: "The reading differs. Voicing and long vowels make another reading.",
    address_differs: "The address differs: they may have moved, or not have told the insurer yet.",
    building_differs: "Building or room are written differently. That does not count.",
    name_differs: "The name differs: after a marriage, or because it is somebody else.",
    other_name: "One name is the former name or the alias of the other.",
    missing_asked: "Not in the request.",
    missing_known: "Not in the ledger.",
    missing_both: "Neither in the request nor in the ledger.",
    sexes: ("male", "female", "not given"),
    link: (
        "Link",
        "Only if you have made sure that it is the same person. Whoever changed number can be there twice: choose both then.",
    ),
    link_button: "Link",
    same: "Candidate {} is whoever asked",
    refuse: ("Refuse", "If it cannot be linked, choose why. The resident learns only that there is no link."),
    refuse_button: "Refuse",
    choose: "Please choose",
    reasons: [
        "The same person, only written differently",
        "The same person, who has moved",
        "Confirmed with the person or by documents",
        "Another person",
        "The number is not that of the person",
        "It cannot be told from this",
    ],
    wrong: "Something has to be mended",
    wrong_choice: "Choose whom to link.",
    wrong_reason: "Choose a reason.",
    wrong_note: "A remark is a text of up to 200 characters.",
    wrong_my_number: "The remark has a 12-digit number that can be an Individual Number. Please remove it.",
    done: [
        "Linked. What was asked is gone.",
        "Refused. What was asked is gone.",
        "This request does not wait any more: another clerk has decided, or the resident has withdrawn it.",
        "The ledger has changed since you opened this. Please compare again. Nothing was changed.",
    ],
};
