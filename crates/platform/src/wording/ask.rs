//! The sentences of the page where a service asks for a resident's records.

/// Asking for records while a service waits.
pub struct Ask {
    /// Heading; `{}` is the service.
    pub title: &'static str,
    /// What it asks for, and that nothing is told before; `{}` is the service.
    pub text: &'static str,
    /// That they have to log in first; `{}` is the service.
    pub log_in: &'static str,
    /// What it means to choose a record, and how that ends. The same promise as at the login, where the login goes on without it:
    /// here nothing is to be gone on with.
    pub records_text: &'static str,
    /// Where it leads after either answer.
    pub either_way: &'static str,
    /// Button.
    pub yes: &'static str,
    /// Button.
    pub no: &'static str,
    /// Heading where nobody can be asked.
    pub failed: &'static str,
    /// Nothing waits any more.
    pub gone: &'static str,
    /// Somebody else is logged in.
    pub other: &'static str,
    /// The way back is not the service's.
    pub back: &'static str,
}

pub(super) const JA: Ask = Ask {
    title: "「{}」があなたの記録を見たいと言っています",
    text: "「{}」から問い合わせがありました。まだ何も知らせていません。見せる記録を選んでください。",
    log_in: "「{}」から、あなたの記録についての問い合わせがありました。まず、カードでログインしてください。まだ何も知らせていません。",
    records_text: "選ぶと、このサービスは診療のために、あなたがログインしているあいだ、その記録のありかを知り、その保険者に直接問い合わせることができます。選ばない記録は見られません。いつでも「サービス」で取り消せ、次の問い合わせから見られなくなります。",
    either_way: "どちらを選んでも、サービスの画面に戻ります。",
    yes: "選んだ記録を見せる",
    no: "見せない",
    failed: "この問い合わせには答えられません",
    gone: "この問い合わせは、もう答えたか、時間が過ぎています。サービスの画面に戻り、もう一度お試しください。",
    other: "この問い合わせは、いまログインしている人についてのものではありません。ログアウトし、ご本人のカードでやり直してください。何も知らせていません。",
    back: "戻り先がこのサービスのものと確かめられないため、中止しました。何も知らせていません。サービスの問い合わせ先に、下のコードを伝えてください。",
};

pub(super) const EN: Ask = Ask {
    title: "“{}” asks to see your records",
    text: "“{}” has asked about you. It has been told nothing so far. Choose which records it may see.",
    log_in: "“{}” has asked about your records. Please log in with your card first. It has been told nothing so far.",
    records_text: "If you choose a record, the service can find out for your treatment, while you are logged in, where it is, and ask that insurer itself. It sees nothing that you do not choose. You can withdraw it under Services at any time, and it counts from the next question on.",
    either_way: "Either answer takes you back to the service.",
    yes: "Let it see what I chose",
    no: "Let it see nothing",
    failed: "This question cannot be answered",
    gone: "This question was answered already, or has waited too long. Go back to the service and try again.",
    other: "This question is not about the person who is logged in now. Log out, and begin again with the card of the person it is about. Nothing was told.",
    back: "It could not be shown that the page to return to is the service's, so nothing was done and nothing told. Tell the service's help desk the code below.",
};
