//! The sentences about the institutions that are asked, and their examination.

/// The office's page about institutions.
pub struct Peers {
    /// In the way around.
    pub nav: &'static str,
    /// Title, and what the page is about.
    pub title: (&'static str, &'static str),
    /// Headings of the table.
    pub columns: [&'static str; 4],
    /// It is asked.
    pub asked: &'static str,
    /// It is not asked for the moment.
    pub rests: &'static str,
    /// Nothing was heard of it since the platform started.
    pub never: &'static str,
    /// Title of the examination, what it does, and its button.
    pub examine: (&'static str, &'static str, &'static str),
    /// Title of what was found.
    pub found: &'static str,
    /// Everything is well; `{}` is how many things were looked at.
    pub fine: &'static str,
    /// Something is not; `{}` as above.
    pub not_fine: &'static str,
    /// Words for how bad a finding is: well, to be watched, wrong.
    pub states: [&'static str; 3],
    /// No institution is configured.
    pub none: &'static str,
    /// An institution that has left the configuration, `{}`, is to be told of so many ends of links, `{}`.
    pub stranded: &'static str,
    /// On a resident's page: when a source that gave nothing was last reached.
    pub last_reached: &'static str,
    /// Between two sentences.
    pub between: &'static str,
    /// On a page with records: that what the source knows is old.
    pub old: &'static str,
}

pub(super) const JA: Peers = Peers {
    nav: "接続先",
    title: (
        "接続先の状態",
        "照会先の保険者と、その状態です。最後につながった時刻は、プラットフォームの起動後のものです。",
    ),
    columns: ["保険者", "状態", "最後につながった時刻", "アドレス"],
    asked: "照会しています",
    rests: "控えています",
    never: "まだありません",
    examine: (
        "点検",
        "すべての接続先と自分自身を調べます。名前とポート、TLSと証明書、時計の差、署名付きの照会と応答、鍵、データベース、アクセスログです。だれの情報も照会しません。",
        "点検する",
    ),
    found: "点検の結果",
    fine: "{}項目を調べました。すべて正常です。",
    not_fine: "{}項目を調べました。次の点に対応してください。",
    states: ["正常", "注意", "異常"],
    none: "保険者が1つも設定されていません。",
    stranded: "設定にない保険者 {} に、リンクの終了{}件を伝えられずにいます。続いている保険者なら、設定に戻してください。",
    last_reached: "最後につながったのは {} です。",
    between: "",
    old: "保険者の記録が {} から更新されていません。最近の変更は、まだ反映されていないことがあります。",
};

pub(super) const EN: Peers = Peers {
    nav: "Peers",
    title: ("Peers", "The insurers that are asked, and how they are. Times are those since the platform was started."),
    columns: ["Insurer", "State", "Last reached", "Address"],
    asked: "Asked",
    rests: "Left alone",
    never: "Not yet",
    examine: (
        "Examination",
        "Looks at every peer and at the platform itself: name and port, TLS and certificates, clocks, a signed question and its signed answer, keys, database, access log. Nobody's data is asked for.",
        "Examine",
    ),
    found: "What was found",
    fine: "{} things were looked at. All is well.",
    not_fine: "{} things were looked at. Please see to these.",
    states: ["Well", "Watch", "Wrong"],
    none: "No insurer is configured.",
    stranded: "The insurer {} is in no configuration, and {} ends of links wait to be told to it. If it goes on, put it back.",
    last_reached: "It was last reached at {}.",
    between: " ",
    old: "The insurer's records have not been renewed since {}. What has changed lately may be missing.",
};
