//! The sentences about gaps and overlaps of coverage.

/// Gaps and overlaps of coverage. In a text, `{old}` and `{new}` are insurers, `{day}` and `{until}` are days.
pub struct Continuity {
    /// Nothing was found.
    pub fine: &'static str,
    /// Title where it could not be checked.
    pub unchecked: &'static str,
    /// Why; `{}` are the names of the sources that gave nothing.
    pub unchecked_text: &'static str,
    /// Why: the records do not agree on who the person is.
    pub unlike: &'static str,
    /// Between names.
    pub comma: &'static str,
    /// Title of an overlap.
    pub overlap: &'static str,
    /// Between which days, and by whom.
    pub overlap_days: &'static str,
    /// The same without an end.
    pub overlap_open: &'static str,
    /// What to do.
    pub leave_national: &'static str,
    /// What to do.
    pub report_loss: &'static str,
    /// What to do.
    pub by_law: &'static str,
    /// What to do.
    pub ask_both: &'static str,
    /// Title of a gap.
    pub gap: &'static str,
    /// Between which days, and what to do.
    pub gap_text: &'static str,
    /// Title of an end that has come.
    pub ended: &'static str,
    /// Title of an end that is coming.
    pub ending: &'static str,
    /// From when nothing is known.
    pub end_day: &'static str,
    /// What to do.
    pub join: &'static str,
    /// What to do.
    pub join_or_continue: &'static str,
    /// What to do.
    pub renewal: &'static str,
    /// What to do.
    pub link_new: &'static str,
    /// Title around the 75th birthday.
    pub late_elderly: &'static str,
    /// What to do.
    pub late_elderly_text: &'static str,
}

pub(super) const JA: Continuity = Continuity {
    fine: "つながっている保険者の記録に、加入の重なりや切れ目はありません。",
    unchecked: "加入の重なりと切れ目は、確かめられませんでした",
    unchecked_text: "{}から使える答えがなかったためです。",
    unlike: "保険者の記録の間で、生年月日か性別が違っているためです。記録が正しいか、それぞれの保険者に確かめてください。",
    comma: "、",
    overlap: "二つの保険に、同時に加入した記録があります",
    overlap_days: "{old}と{new}の両方に、{day}から{until}まで加入した記録があります。",
    overlap_open: "{old}と{new}の両方に、{day}から加入した記録があります。",
    leave_national: "新しい保険に入っても、国民健康保険は自動では終わりません。14日以内に（過ぎていても早めに）、新しい保険の資格がわかるものと本人確認書類を持って、{old}の窓口（市町村の国保なら市役所・町役場）に、国保をやめる届け出（喪失届）をしてください。",
    report_loss: "{old}をやめた記録が、まだありません。資格喪失届が出ているか、前の勤め先か{old}に確かめてください。任意継続をしていた人は、ご自分で{old}に申し出てください。",
    by_law: "後期高齢者医療に移ると、前の保険の資格はなくなります。{old}の記録がまだ終わっていないので、{old}に確かめてください。",
    ask_both: "どちらが正しいか、両方の保険者に確かめてください。",
    gap: "加入の記録がない期間があります",
    gap_text: "{old}のあと{new}まで、{day}から{until}までの加入の記録がありません。この間の保険者がこのサイトとつながっていないだけなら、何もいりません。どこにも加入していなかったときは、お住まいの市役所・町役場の国民健康保険の窓口に相談してください。国保には、前の資格がなくなった日にさかのぼって加入します。",
    ended: "いま加入している保険の記録がありません",
    ending: "加入している保険が、まもなく終わります",
    end_day: "{old}のあと、{day}からの加入の記録がありません。",
    join: "勤め先の保険に入る人は、勤め先が手続きします。家族の扶養に入る人は、家族の勤め先を通して届け出ます。どちらでもない人は、14日以内に、お住まいの市役所・町役場に国民健康保険の加入届を出してください。すでに手続きをした人は、新しい保険者がこのサイトとつながっていないだけかもしれません。",
    join_or_continue: "新しい勤め先の保険に入る人は、勤め先が手続きします。家族の扶養に入る人は、家族の勤め先を通して届け出ます。どちらでもない人は、14日以内に、お住まいの市役所・町役場に国民健康保険の加入届を出すか、20日以内に{old}に任意継続を申し出てください（任意継続が終わった人は国保の加入届です）。すでに手続きをした人は、新しい保険者がこのサイトとつながっていないだけかもしれません。",
    renewal: "有効期限の更新は、多くの保険者が手続きなしで行います。期限が過ぎても新しい資格確認書や資格情報のお知らせが届かないときは、{old}に問い合わせてください。",
    link_new: "{old}の記録では、別の保険に移っています。新しい保険者がこのサイトとつながっていないので、ここには表示されません。まだ加入していないときは、14日以内に、お住まいの市役所・町役場に届け出てください。",
    late_elderly: "75歳の誕生日から、後期高齢者医療に移ります",
    late_elderly_text: "{day}からは、法律により後期高齢者医療の被保険者です。手続きはいりません。新しい資格確認書などが届かないときは、お住まいの市役所・町役場に問い合わせてください。あなたの扶養に入っている家族は、国民健康保険などへの加入の届け出がいります。",
};

pub(super) const EN: Continuity = Continuity {
    fine: "The records of the insurers linked to you show no overlap and no gap.",
    unchecked: "Overlaps and gaps could not be checked",
    unchecked_text: "There was no usable answer from {}.",
    unlike: "The insurers' records disagree on your date of birth or sex. Ask each insurer whether its record is right.",
    comma: ", ",
    overlap: "You are recorded with two insurers at once",
    overlap_days: "Both {old} and {new} have you from {day} to {until}.",
    overlap_open: "Both {old} and {new} have you from {day} on.",
    leave_national: "National health insurance does not end by itself when you join another. Tell {old} that you left (喪失届), for a municipal one at the city or town hall, within 14 days, or soon if they have passed. Bring proof of the new insurance and of who you are.",
    report_loss: "No end is recorded with {old} yet. Ask your former employer or {old} whether the loss (資格喪失届) was reported. If you continued there on your own (任意継続), tell {old} yourself.",
    by_law: "The earlier insurance ends when the late-elderly scheme takes over. {old} has not recorded that: ask there.",
    ask_both: "Ask both insurers which one is right.",
    gap: "There are days without a record of insurance",
    gap_text: "Between {old} and {new}, nothing is recorded from {day} to {until}. If your insurer of that time is merely not linked to this site, you need to do nothing. If you had none, ask at the national health insurance desk of your city or town hall: it insures you from the day your former coverage was lost.",
    ended: "No insurance of yours is recorded for today",
    ending: "Your insurance is about to end",
    end_day: "After {old}, nothing is recorded from {day} on.",
    join: "If you take a job, your employer enrols you; as somebody's dependant, their employer does. Otherwise, join national health insurance (加入届) at your city or town hall within 14 days. If you have done so already, the new insurer may merely not be linked to this site.",
    join_or_continue: "If you take a job, your employer enrols you; as somebody's dependant, their employer does. Otherwise, join national health insurance (加入届) at your city or town hall within 14 days, or ask {old} within 20 days to continue (任意継続; not once that has ended). If you have done so already, the new insurer may merely not be linked to this site.",
    renewal: "Most insurers renew what has a last day without being asked. If nothing new has come when it has passed, ask {old}.",
    link_new: "{old} has recorded that you moved to another insurer, which is not linked to this site. If you have not joined one, go to your city or town hall within 14 days.",
    late_elderly: "From your 75th birthday, the late-elderly scheme insures you",
    late_elderly_text: "From {day} on, you are insured there by law, and need not apply. If no certificate comes, ask at your city or town hall. Dependants of yours have to join another insurance, such as national health insurance.",
};
