//! The sentences of logging out of services, and of requests of services that are refused.

/// Logging out of services.
pub struct Logout {
    /// Heading while services are asked.
    pub title: &'static str,
    /// Which service is asked; `{}` is its name.
    pub asking: &'static str,
    /// How far it has come: the first `{}` is which service, the second of how many.
    pub step: &'static str,
    /// Link or button to go on.
    pub go_on: &'static str,
    /// The service was asked and the person is here again; `{}` is its name.
    pub no_answer: &'static str,
    /// Button.
    pub again: &'static str,
    /// Button: the service is left out.
    pub skip: &'static str,
    /// Heading when all have confirmed.
    pub done: &'static str,
    /// That the portal's session has ended.
    pub own: &'static str,
    /// Heading when some have not confirmed.
    pub partial: &'static str,
    /// What to do about them.
    pub partial_text: &'static str,
    /// Heading of the list.
    pub services: &'static str,
    /// State word.
    pub confirmed: &'static str,
    /// State word.
    pub waiting: &'static str,
    /// State word.
    pub unconfirmed: &'static str,
    /// That services are being asked at this moment, without the browser.
    pub behind: &'static str,
    /// Button: shows the page once more.
    pub look_again: &'static str,
    /// Button; `{}` is the service that asked.
    pub back: &'static str,
    /// Button to the first page.
    pub to_start: &'static str,
    /// The logout that the page belongs to is gone, or is another browser's.
    pub gone: &'static str,
}

/// A request of a service that is refused.
pub struct Refusal {
    /// Heading.
    pub title: &'static str,
    /// That a registered service asked; `{}` is its name.
    pub service: &'static str,
    /// That nobody registered asked.
    pub stranger: &'static str,
    /// What the person can do.
    pub what_to_do: &'static str,
    /// Before the code.
    pub code: &'static str,
    /// Before the request's ID.
    pub request: &'static str,
    /// Button; `{}` is the service's name.
    pub back: &'static str,
    /// Button to the first page.
    pub to_start: &'static str,
}

pub(super) const LOGOUT_JA: Logout = Logout {
    title: "ログアウトしています",
    asking: "「{}」からログアウトしています。",
    step: "{} / {} 件目",
    go_on: "続ける",
    no_answer: "「{}」のログアウトを確認できていません。もう一度試すか、このサービスを飛ばして進んでください。",
    again: "もう一度試す",
    skip: "飛ばして進む",
    done: "ログアウトしました",
    own: "このポータルのログインは終わりました。",
    partial: "ログアウトを確認できないサービスがあります",
    partial_text: "確認できなかったサービスでは、まだログインしたままかもしれません。そのサービスを開いてログアウトするか、ブラウザーをすべて閉じてください。",
    services: "ログインしていたサービス",
    confirmed: "ログアウト済み",
    waiting: "確認待ち",
    unconfirmed: "確認できません",
    behind: "このポータルのログインは終わりました。サービスにもログアウトを伝えています。この画面のままお待ちください。進まないときは、もう一度表示してください。",
    look_again: "もう一度表示する",
    back: "「{}」へ戻る",
    to_start: "最初のページへ",
    gone: "このログアウトの手続きは終わっているか、別のブラウザーのものです。ログアウトしたいときは、最初のページから確かめてください。",
};

pub(super) const LOGOUT_EN: Logout = Logout {
    title: "Logging out",
    asking: "Logging out of “{}”.",
    step: "Service {} of {}",
    go_on: "Continue",
    no_answer: "“{}” has not confirmed the logout. Try once more, or go on without it.",
    again: "Try again",
    skip: "Go on without it",
    done: "You are logged out",
    own: "Your session at this portal has ended.",
    partial: "Some services did not confirm the logout",
    partial_text: "You may still be logged in at a service that did not confirm. Open it and log out there, or close every window of this browser.",
    services: "Services you were logged in to",
    confirmed: "Logged out",
    waiting: "Waiting",
    unconfirmed: "Not confirmed",
    behind: "Your session at this portal has ended, and services are being told. Please stay on this page. If it does not go on, look again.",
    look_again: "Look again",
    back: "Back to “{}”",
    to_start: "To the first page",
    gone: "This logout is over, or belongs to another browser. To be sure that you are logged out, look at the first page.",
};

pub(super) const REFUSAL_JA: Refusal = Refusal {
    title: "サービスからの依頼を受け付けられません",
    service: "「{}」から届いた依頼に誤りがあり、受け付けられませんでした。あなたの操作やカードの問題ではありません。",
    stranger: "登録されていないサービスから届いた依頼か、こわれた依頼のため、受け付けられませんでした。あなたの情報は渡していません。",
    what_to_do: "サービスの画面に戻り、最初からやり直してください。同じ画面が出るときは、下のコードと番号をサービスの問い合わせ先に伝えてください。",
    code: "コード",
    request: "依頼の番号",
    back: "「{}」へ戻る",
    to_start: "最初のページへ",
};

pub(super) const REFUSAL_EN: Refusal = Refusal {
    title: "The service's request cannot be accepted",
    service: "A request that came from “{}” has a fault and was not accepted. Neither you nor your card did anything wrong.",
    stranger: "A request came from a service that is not registered here, or arrived damaged, and was not accepted. Nothing about you was passed on.",
    what_to_do: "Go back to the service and begin again. If you see this page once more, tell the service's help desk the code and number below.",
    code: "Code",
    request: "Request",
    back: "Back to “{}”",
    to_start: "To the first page",
};
