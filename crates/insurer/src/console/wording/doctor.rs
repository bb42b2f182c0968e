//! The sentences about the examination.

/// The examination.
pub(in crate::console) struct Doctor {
    /// In the way around.
    pub(in crate::console) nav: &'static str,
    pub(in crate::console) title: &'static str,
    pub(in crate::console) lead: &'static str,
    /// Everything is well; `{}` is how many things were looked at.
    pub(in crate::console) fine: &'static str,
    /// Something is not; `{}` as above.
    pub(in crate::console) not_fine: &'static str,
    /// Words for how bad a finding is: well, to be watched, wrong.
    pub(in crate::console) states: [&'static str; 3],
}

pub(super) const JA: Doctor = Doctor {
    nav: "点検",
    title: "点検",
    lead: "このノード自身を調べた結果です。扉（TLS）、証明書と鍵の期限、データベース、アクセスログ、空き容量、届いた照会を見ます。",
    fine: "{}項目を調べました。すべて正常です。",
    not_fine: "{}項目を調べました。次の点に対応してください。",
    states: ["正常", "注意", "異常"],
};

pub(super) const EN: Doctor = Doctor {
    nav: "Examination",
    title: "Examination",
    lead: "What an examination of this node has found: its door (TLS), certificates and keys, database, access log, free space, and the questions that came in.",
    fine: "{} things were looked at. All is well.",
    not_fine: "{} things were looked at. Please see to these.",
    states: ["Well", "Watch", "Wrong"],
};
