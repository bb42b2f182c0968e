//! The sentences about a resident's own records beside coverage.

/// A resident's check-ups, medical expenses and pensions.
pub struct Records {
    /// Check-ups as a whole.
    pub checkups: RecordKind,
    /// Medical expenses as a whole.
    pub expenses: RecordKind,
    /// Pensions as a whole.
    pub pension: RecordKind,
    /// In the tables of check-ups.
    pub checkup: Checkups,
    /// In the tables of expenses.
    pub expense: Expenses,
    /// In the tables of pensions.
    pub pensions: Pensions,
}

/// What the page of a kind says before its tables.
pub struct RecordKind {
    /// Heading, and the kind's name in the list of looks.
    pub title: &'static str,
    /// What the page shows.
    pub lead: &'static str,
    /// What is to be known about it.
    pub notes: &'static [&'static str],
    /// A source that answered and holds nothing.
    pub nothing: &'static str,
}

/// In the tables of check-ups.
pub struct Checkups {
    /// Of a table; `{}` are the days.
    pub caption: &'static str,
    /// A day where there is little room (strftime).
    pub short_day: &'static str,
    /// Between days.
    pub comma: &'static str,
    /// Head of the items.
    pub item: &'static str,
    /// Where the check-up was.
    pub place: &'static str,
    /// メタボリックシンドローム判定
    pub metabolic: &'static str,
    /// 基準該当, 予備群該当, 非該当, 判定不能
    pub metabolic_words: [&'static str; 4],
    /// 保健指導レベル
    pub guidance: &'static str,
    /// 積極的支援, 動機付け支援, なし, 判定不能
    pub guidance_words: [&'static str; 4],
    /// 受診勧奨判定値
    pub see_a_doctor: &'static str,
    /// H
    pub high: &'static str,
    /// L
    pub low: &'static str,
    /// N
    pub normal: &'static str,
    /// 未実施
    pub not_done: &'static str,
    /// 測定不能
    pub not_measurable: &'static str,
    /// Not a part of that check-up.
    pub none: &'static str,
    /// A choice without words; `{}` is its code.
    pub choice: &'static str,
}

/// In the tables of expenses.
pub struct Expenses {
    /// Of a table; `{}` is the year.
    pub caption: &'static str,
    /// 診療年月
    pub month: &'static str,
    /// 医療機関等
    pub place: &'static str,
    /// 診療区分
    pub care: &'static str,
    /// 医科入院, 医科外来, 歯科入院, 歯科外来, 調剤, 訪問看護, and others.
    pub care_words: [&'static str; 7],
    /// 日数
    pub days: &'static str,
    /// 医療費の総額
    pub total: &'static str,
    /// 窓口負担
    pub window: &'static str,
    /// The file does not say the amount.
    pub unsaid: &'static str,
    /// The year's sum of what was paid at windows; `{}` is the year.
    pub window_sum: &'static str,
    /// The year's sum of all costs; `{}` is the year.
    pub total_sum: &'static str,
    /// How many treatments the sum leaves out; `{}` is the number.
    pub left_out: &'static str,
}

/// In the tables of pensions.
pub struct Pensions {
    /// Of a table; `{}` is the day of the notice.
    pub caption: &'static str,
    /// Head of the schemes.
    pub scheme: &'static str,
    /// 国民年金, 厚生年金, 船員保険, 合算対象期間
    pub schemes: [&'static str; 4],
    /// Head.
    pub months: &'static str,
    /// A number of months; `{}` is it.
    pub month_count: &'static str,
    /// Head.
    pub paid: &'static str,
    /// Head.
    pub yearly: &'static str,
    /// An amount that there is not.
    pub none: &'static str,
    /// Sum of the yearly amounts.
    pub yearly_sum: &'static str,
    /// 受給資格期間
    pub right: &'static str,
    /// Value of it.
    pub enough: &'static str,
    /// Value of it.
    pub not_enough: &'static str,
}

pub(super) const JA: Records = Records {
    checkups: RecordKind {
        title: "健診結果",
        lead: "いま保険者から受け取った、あなたの健診の結果です。",
        notes: &[
            "「受診をおすすめします」の印は、特定健診の受診勧奨判定値にあたる値に付けています。「基準より高い」「基準より低い」は、健診機関の判定です。印がなくても異常がないとは限りません。",
            "メタボリックシンドローム判定と保健指導レベルは、値から計算した目安です。診断ではありません。くわしくは、健診機関から届いた結果表と、医師の説明を確かめてください。",
        ],
        nothing: "この保険者には、あなたの健診の記録がありません。",
    },
    expenses: RecordKind {
        title: "医療費記録",
        lead: "いま保険者から受け取った、あなたの医療費の記録です。",
        notes: &[
            "窓口負担は、請求された医療費から計算した相当額です。実際に支払った額とは、端数、自治体の助成、高額療養費などで違うことがあります。",
            "年ごとの合計には、健康保険の対象でない費用（差額ベッド代、市販の薬、予防接種、通院の交通費など）は入っていません。受け取った給付金や保険金も引いていません。医療費控除の申告には、領収書と、保険者が発行する医療費通知を確かめてください。",
            "医療機関から保険者への請求には時間がかかるため、最近2〜3か月の受診は、まだ載っていないことがあります。",
        ],
        nothing: "この保険者には、あなたの医療費の記録がありません。",
    },
    pension: RecordKind {
        title: "年金記録",
        lead: "いま保険者から受け取った、年金の見本の記録です。",
        notes: &[
            "これは見本のデータで、あなたの本当の年金記録ではありません。本当の記録は、ねんきん定期便か、ねんきんネットで確かめてください。",
        ],
        nothing: "この保険者には、年金の見本の記録がありません。",
    },
    checkup: Checkups {
        caption: "健診の結果（{}）",
        short_day: "%Y/%-m/%-d",
        comma: "、",
        item: "項目",
        place: "健診機関",
        metabolic: "メタボリックシンドローム判定（目安）",
        metabolic_words: ["基準該当", "予備群該当", "非該当", "判定できません"],
        guidance: "保健指導レベル（目安）",
        guidance_words: ["積極的支援", "動機付け支援", "なし", "判定できません"],
        see_a_doctor: "受診をおすすめします",
        high: "基準より高い",
        low: "基準より低い",
        normal: "基準内",
        not_done: "未実施",
        not_measurable: "測定できませんでした",
        none: "—",
        choice: "コード{}（意味は、健診機関の結果表で確かめてください）",
    },
    expense: Expenses {
        caption: "{}年の医療費",
        month: "診療年月",
        place: "医療機関等",
        care: "区分",
        care_words: ["医科入院", "医科外来", "歯科入院", "歯科外来", "調剤", "訪問看護", "その他"],
        days: "日数",
        total: "医療費の総額",
        window: "窓口負担（相当額）",
        unsaid: "記載なし",
        window_sum: "{}年の窓口負担（相当額）の合計",
        total_sum: "{}年の医療費の総額の合計",
        left_out: "窓口負担の記載がない{}件は、窓口負担の合計に入っていません。",
    },
    pensions: Pensions {
        caption: "年金の見本（{}作成）",
        scheme: "制度",
        schemes: ["国民年金", "厚生年金", "船員保険", "合算対象期間"],
        months: "加入期間",
        month_count: "{}か月",
        paid: "これまでに納めた額",
        yearly: "年金額（年額）",
        none: "—",
        yearly_sum: "年金額（年額）の合計",
        right: "受給資格期間（120か月）",
        enough: "満たしています",
        not_enough: "まだ満たしていません",
    },
};

pub(super) const EN: Records = Records {
    checkups: RecordKind {
        title: "Check-up results",
        lead: "The results of your check-ups, as the insurers have just answered.",
        notes: &[
            "“See a doctor” marks values that the rules of the check-up refer to a doctor. “Above range” and “below range” are what the institution said of them. No mark does not mean that nothing is wrong.",
            "The judgement of metabolic syndrome and the level of health guidance are computed from the values. They are no diagnosis. Look at the report that the institution sent you, and ask a doctor.",
        ],
        nothing: "This insurer holds no check-up of yours.",
    },
    expenses: RecordKind {
        title: "Medical expenses",
        lead: "Your medical expenses, as the insurers have just answered.",
        notes: &[
            "What was paid at the window is computed from what was claimed. What you paid may differ: by rounding, by local subsidies, or by a refund of high costs.",
            "The sums of a year leave out what health insurance does not cover, such as private rooms, medicine bought without a prescription, vaccinations and travel, and do not subtract payments that you received. For a deduction from your income tax (医療費控除), rely on your receipts and the notice of medical expenses that your insurer issues.",
            "Claims take time to reach the insurer. Treatments of the last two or three months may not be here yet.",
        ],
        nothing: "This insurer holds no medical expenses of yours.",
    },
    pension: RecordKind {
        title: "Pension record",
        lead: "Sample pension records, as the insurers have just answered.",
        notes: &[
            "This is sample data, and not your real pension record. That is in the yearly notice of the pension service (ねんきん定期便) and on its site (ねんきんネット).",
        ],
        nothing: "This insurer holds no sample pension record.",
    },
    checkup: Checkups {
        caption: "Check-up results ({})",
        short_day: "%F",
        comma: ", ",
        item: "Item",
        place: "Institution",
        metabolic: "Metabolic syndrome (computed)",
        metabolic_words: ["present", "near", "absent", "cannot be judged"],
        guidance: "Health guidance (computed)",
        guidance_words: ["intensive", "motivating", "none", "cannot be judged"],
        see_a_doctor: "See a doctor",
        high: "Above range",
        low: "Below range",
        normal: "In range",
        not_done: "not done",
        not_measurable: "could not be measured",
        none: "—",
        choice: "code {} (explained in the institution's report)",
    },
    expense: Expenses {
        caption: "Medical expenses of {}",
        month: "Month",
        place: "Institution",
        care: "Kind",
        care_words: [
            "medical, inpatient",
            "medical, outpatient",
            "dental, inpatient",
            "dental, outpatient",
            "pharmacy",
            "visiting nurse",
            "other",
        ],
        days: "Days",
        total: "Total cost",
        window: "Paid at the window (computed)",
        unsaid: "not stated",
        window_sum: "Paid at windows in {} (computed)",
        total_sum: "Total cost in {}",
        left_out: "Treatments whose record does not say what was paid at the window, and which that sum leaves out: {}.",
    },
    pensions: Pensions {
        caption: "Sample pension record of {}",
        scheme: "Scheme",
        schemes: ["National pension", "Employees' pension", "Seamen's insurance", "Counted for the right only"],
        months: "Months",
        month_count: "{} months",
        paid: "Paid so far",
        yearly: "Pension a year",
        none: "—",
        yearly_sum: "Pension a year, in all",
        right: "Right to a pension (120 months)",
        enough: "reached",
        not_enough: "not reached yet",
    },
};
