//! The sentences about links that a clerk ends.

use super::Two;
use crate::link::ended::Why;

/// Who is linked, and the end of it.
pub(in crate::console) struct Links {
    /// In the way around.
    pub(in crate::console) nav: &'static str,
    pub(in crate::console) title: &'static str,
    pub(in crate::console) lead: &'static str,
    /// Above the form by which somebody is looked for.
    pub(in crate::console) find: &'static str,
    /// 記号, which may be empty.
    pub(in crate::console) symbol: Two,
    pub(in crate::console) number: &'static str,
    pub(in crate::console) find_button: &'static str,
    /// Above those who were found.
    pub(in crate::console) found: &'static str,
    pub(in crate::console) none: &'static str,
    /// The ledger cannot be searched yet.
    pub(in crate::console) not_yet: &'static str,
    pub(in crate::console) birth: &'static str,
    pub(in crate::console) branch: &'static str,
    /// What an end means.
    pub(in crate::console) end: &'static str,
    pub(in crate::console) why: &'static str,
    pub(in crate::console) choose: &'static str,
    /// In the order of [`Why::ALL`].
    whys: [&'static str; Why::ALL.len()],
    pub(in crate::console) end_button: &'static str,
    /// Above what is wrong.
    pub(in crate::console) wrong: &'static str,
    pub(in crate::console) wrong_number: &'static str,
    pub(in crate::console) wrong_my_number: &'static str,
    pub(in crate::console) wrong_why: &'static str,
    /// Ended and told, ended and still to be told, ended and not to be told, nothing to end.
    done: [&'static str; 4],
    /// So many ends the platform does not know of yet.
    pub(in crate::console) untold: &'static str,
}

impl Links {
    pub(in crate::console) fn why(&self, why: Why) -> &'static str {
        let place = Why::ALL.iter().position(|one| *one == why);
        place.and_then(|place| self.whys.get(place)).copied().unwrap_or_default()
    }

    /// What just happened, and in which colour it is said.
    pub(in crate::console) fn said(&self, code: &str) -> Option<Two> {
        let [told, untold, silent, nothing] = self.done;
        Some(match code {
            "ended" => ("info", told),
            "untold" => ("warn", untold),
            "silent" => ("warn", silent),
            "nothing" => ("warn", nothing),
            _ => return None,
        })
    }
}

pub(super) const JA: Links = Links {
    nav: "連携の終了",
    title: "連携を終える",
    lead: "ポータルとつながっている人の連携を終えます。記号・番号で探してください。探したことと終えたことは、あなたの利用者名とともに閲覧記録に残ります。",
    find: "探す",
    symbol: ("記号", "記号のない証は空けておきます。"),
    number: "番号",
    find_button: "探す",
    found: "つながっている人",
    none: "この記号・番号でポータルとつながっている人はいません。",
    not_yet: "取り込んだばかりの資格情報がまだ探せません。少したってから、もう一度探してください。",
    birth: "生年月日",
    branch: "枝番",
    end: "終えると、この人の情報はすぐにどこへも渡らなくなり、本人のポータルには保険者が終えたことが示されます。もう一度つなぐには、本人の新しい申し出が必要です。資格の情報や閲覧記録は消えません。",
    why: "理由",
    choose: "選んでください",
    whys: ["資格がなくなった", "別の人の記録だった", "本人から申し出があった", "そのほか"],
    end_button: "この人の連携を終える",
    wrong: "入力を確かめてください",
    wrong_number: "番号を入れてください。",
    wrong_my_number: "マイナンバー（個人番号）は入れられません。保険証の記号・番号を入れてください。",
    wrong_why: "理由を選んでください。",
    done: [
        "連携を終え、ポータルにも伝えました。",
        "連携を終えました。ポータルにはまだ伝わっていません。伝わるまで自動で繰り返します。",
        "連携を終えました。リンクファイルによる連携か、以前からの連携で、ポータルに伝える手だてがありません。事務局に知らせてください。",
        "この人の連携は、もうありません。",
    ],
    untold: "ポータルにまだ伝わっていない終了： {} 件",
};

pub(super) const EN: Links = Links {
    nav: "End links",
    title: "End a link",
    lead: "Ends the link of somebody who is linked with the portal. Look for them by symbol and number. That you have looked, and what you have ended, is in the access log, with your login name.",
    find: "Look for somebody",
    symbol: ("Symbol", "Leave it empty where the certificate has none."),
    number: "Number",
    find_button: "Look",
    found: "Linked",
    none: "Nobody with this symbol and number is linked with the portal.",
    not_yet: "Coverage that was just imported cannot be searched yet. Please look again in a while.",
    birth: "Date of birth",
    branch: "Branch",
    end: "From then on nothing about this person goes anywhere, and the portal tells them that the insurer has ended the link. To be linked again they have to ask anew. Coverage and the access log stay as they are.",
    why: "Reason",
    choose: "Choose one",
    whys: ["Not insured any more", "The record is somebody else's", "The person has asked for it", "Another reason"],
    end_button: "End this person's link",
    wrong: "Please look at what you have entered",
    wrong_number: "Enter the number.",
    wrong_my_number: "An Individual Number (My Number) is not taken. Enter symbol and number of the certificate.",
    wrong_why: "Choose a reason.",
    done: [
        "The link has ended, and the portal knows.",
        "The link has ended. The portal does not know yet; it is told again until it does.",
        "The link has ended. It came by a link file or is an earlier one, so the portal cannot be told: please tell the office.",
        "This person has no link any more.",
    ],
    untold: "Ends that the portal does not know of yet: {}",
};
