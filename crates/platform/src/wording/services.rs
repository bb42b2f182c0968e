//! The sentences around services that residents log in to.

use crate::{attribute::Attribute, purpose::Category};

/// Services that residents log in to.
pub struct Services {
    /// The tile of the menu, and what it is about.
    pub tile: (&'static str, &'static str),
    /// Heading of the launch page.
    pub title: &'static str,
    /// What the launch page is for.
    pub lead: &'static str,
    /// Heading of the services in use.
    pub linked: &'static str,
    /// Nothing in use yet.
    pub none_linked: &'static str,
    /// Heading of the services that may be used.
    pub joinable: &'static str,
    /// No service at all.
    pub none: &'static str,
    /// Before the time of the last login.
    pub last_used: &'static str,
    /// Before the names of what is released.
    pub releases: &'static str,
    /// Nothing is released.
    pub releases_nothing: &'static str,
    /// Link to where that is changed; `{}` is the service's name. Also the heading there.
    pub change: &'static str,
    /// What the page is, and from when a change counts.
    pub change_text: &'static str,
    /// What is required goes with the link alone.
    pub change_required: &'static str,
    /// What a change does not undo.
    pub change_kept: &'static str,
    /// Button.
    pub change_save: &'static str,
    /// Link: leave everything as it is.
    pub change_cancel: &'static str,
    /// It was saved; `{}` is the service's name.
    pub changed: &'static str,
    /// Link back to the launch page.
    pub back_to_services: &'static str,
    /// Caption of what was agreed to and when.
    pub history: &'static str,
    /// What was agreed to once; `{}` are the names.
    pub agreed: &'static str,
    /// The link was ended.
    pub unlinked: &'static str,
    /// State word, and heading, of a service that nobody can be logged in to at present.
    pub unavailable: &'static str,
    /// Its metadata has ended; `{}` is its name.
    pub ended: &'static str,
    /// The office has stopped it; `{}` is its name.
    pub suspended: &'static str,
    /// We cannot use what is registered of it at present; `{}` is its name.
    pub unreadable: &'static str,
    /// It is registered no longer; `{}` is its name.
    pub removed: &'static str,
    /// Button or link that opens a service; `{}` is its name.
    pub open: &'static str,
    /// Button that ends a link; `{}` is the service's name.
    pub unlink: &'static str,
    /// What it means to end a link.
    pub unlink_text: &'static str,
    /// Heading of the page that goes on by itself.
    pub onward: &'static str,
    /// Link or button for browsers that do not go on by themselves.
    pub go_on: &'static str,
    /// Heading of the login; `{}` is the service's name.
    pub log_in: &'static str,
    /// What the login is for; `{}` is the service's name.
    pub log_in_text: &'static str,
    /// The service wants a login that is fresh, or stronger.
    pub again: &'static str,
    /// Heading of the login without a PIN.
    pub card_alone: &'static str,
    /// What it is.
    pub card_alone_text: &'static str,
    /// Its button.
    pub card_alone_button: &'static str,
    /// Button: no login.
    pub cancel: &'static str,
    /// Heading of the release page; `{}` is the service's name.
    pub release: &'static str,
    /// What is at stake; `{}` is the service's name.
    pub release_text: &'static str,
    /// Only a name that means nothing is released.
    pub release_nothing: &'static str,
    /// Something in it has changed since.
    pub release_changed: &'static str,
    /// Caption of the attributes.
    pub release_choose: &'static str,
    /// The service cannot do without.
    pub required: &'static str,
    /// The resident may keep it back.
    pub optional: &'static str,
    /// No source has a value.
    pub no_value: &'static str,
    /// Values are not shown because the resident has not consented to looking at them here.
    pub values_hidden: &'static str,
    /// The service can ask where the resident's records are.
    pub release_discovery: &'static str,
    /// Caption of what the service may find at the institutions.
    pub records_choose: &'static str,
    /// What that means, and how it ends.
    pub records_text: &'static str,
    /// A choice; `{}` are what and the last day.
    pub records_choice: &'static str,
    /// What was let to be found; `{}` are what and the last day.
    pub records_given: &'static str,
    /// It was withdrawn; `{}` is what.
    pub records_withdrawn: &'static str,
    /// What can be found, in the order of [`Category::RECORDS`].
    pub records: [&'static str; 2],
    /// The service may ask again by itself.
    pub release_again: &'static str,
    /// What is recorded, and where.
    pub release_recorded: &'static str,
    /// Button: release and go on.
    pub agree: &'static str,
    /// Button: release nothing, do not log in.
    pub refuse: &'static str,
    /// Heading where something that the service cannot do without is missing.
    pub missing: &'static str,
    /// What is missing; `{}` are the names.
    pub missing_text: &'static str,
    /// Button: log in without it.
    pub without: &'static str,
    /// Heading of a login that cannot be.
    pub failed: &'static str,
    /// The service is set up wrongly; `{}` is its name.
    pub misconfigured: &'static str,
    /// The service asks for a login that does not exist; `{}` is its name.
    pub no_such_login: &'static str,
    /// The address is too old, or of another browser.
    pub gone: &'static str,
    /// The request was answered before.
    pub answered: &'static str,
    /// Button back to the service; `{}` is its name.
    pub back: &'static str,
    /// Who looked: a service that is no longer registered; its name follows.
    pub service: &'static str,
    /// Why: a login to a service.
    pub purpose: &'static str,
    /// Why: a service asks by itself.
    pub query: &'static str,
    /// Why: a service that treats the resident.
    pub treatment: &'static str,
    /// What: where records are.
    pub found: &'static str,
    /// What: before the attributes.
    pub handed: &'static str,
    /// What: the way to our discovery service.
    pub handed_discovery: &'static str,
    /// Between names in a list.
    pub comma: &'static str,
    /// Result: handed over.
    pub handed_over: &'static str,
    /// Result: fetched, and not handed over.
    pub kept: &'static str,
    /// What each attribute is called, in the order of [`Attribute::ALL`].
    pub attributes: [&'static str; 11],
}

impl Services {
    /// What an attribute is called.
    pub fn attribute(&self, attribute: Attribute) -> &'static str {
        self.attributes.get(attribute as usize).copied().unwrap_or_else(|| attribute.short())
    }

    /// What can be found is called.
    pub fn record(&self, category: Category) -> &'static str {
        let place = Category::RECORDS.iter().position(|one| *one == category);
        place.and_then(|place| self.records.get(place)).copied().unwrap_or_default()
    }
}

pub(super) const JA: Services = Services {
    tile: ("サービス", "カードで使えるサービスへ進む"),
    title: "カードで使えるサービス",
    lead: "このカードでログインできるサービスです。サービスには、サービスごとに別の、意味のない番号だけが伝わります。ほかの情報は、あなたが同意したものだけが渡されます。",
    linked: "利用中のサービス",
    none_linked: "まだ利用していません。",
    joinable: "利用できるサービス",
    none: "いまはほかにありません。",
    last_used: "最後の利用",
    releases: "渡している情報",
    releases_nothing: "なし",
    change: "{}に渡す情報を変える",
    change_text: "チェックが付いているものを、このサービスに渡すことに同意しています。渡したくないものは、チェックを外してください。保存したときから変わります。",
    change_required: "「必須」の情報だけを外すことはできません。渡したくないときは、前の画面でサービスとのつながりを切ってください。",
    change_kept: "サービスには何も送られません。すでに渡した情報は、サービスに残ることがあります。",
    change_save: "変更を保存する",
    change_cancel: "変えずに戻る",
    changed: "{}に渡す情報の変更を保存しました。",
    back_to_services: "カードで使えるサービスに戻る",
    history: "同意の記録（いつ、何に）",
    agreed: "渡すことに同意: {}",
    unlinked: "つながりを切りました",
    unavailable: "いまは使えません",
    ended: "{}の登録は期限が切れています。サービスが登録を更新すると、また使えます。くわしくは、サービスの窓口へ問い合わせてください。",
    suspended: "{}は、事務局がいま止めています。再開すると、また使えます。くわしくは、サービスの窓口へ問い合わせてください。",
    unreadable: "{}は、いまは使えません。つながりはそのまま残っています。しばらくしてから、もう一度試してください。",
    removed: "{}の登録は終わっています。つながりは残してあり、もう一度登録されれば、同じ番号で使えます。切ると、次は別の番号になります。",
    open: "{}を開く",
    unlink: "{}とのつながりを切る",
    unlink_text: "つながりを切ると、次に使うときは別の番号になり、サービスからは別の人に見えます。",
    onward: "次の画面へ進みます",
    go_on: "進む",
    log_in: "{}へのログイン",
    log_in_text: "{}が、カードでのログインを求めています。",
    again: "このサービスのために、もう一度ログインしてください。",
    card_alone: "カードだけでログイン",
    card_alone_text: "このサービスは、暗証番号なしでも使えます。カードをリーダーに置いてください。",
    card_alone_button: "カードだけでログイン",
    cancel: "ログインをやめる",
    release: "{}に渡す情報",
    release_text: "{}にログインする前に、渡す情報を確かめて、渡すかどうかを選んでください。",
    release_nothing: "氏名などの情報は渡されません。このサービスだけで使う、意味のない番号が渡されます。",
    release_changed: "渡す情報または説明が、前に同意したときから変わっています。",
    release_choose: "渡す情報を選んでください",
    required: "必須",
    optional: "任意",
    no_value: "いま値がありません",
    values_hidden: "いまの値は表示していません。「同意」で閲覧に同意すると、ここで確かめられます。渡すときは、保険者から受け取った値が渡されます。",
    release_discovery: "このサービスは、ログイン中、あなたの記録がどこにあるかを問い合わせることができます。記録の中身は、そのつど同意の範囲でだけ渡されます。",
    records_choose: "保険者にある記録を見せるかどうか",
    records_text: "選ぶと、このサービスは診療のために、あなたがログインしているあいだ、保険者にある記録のありかを知り、その保険者に直接問い合わせることができます。選ばなくてもログインできます。いつでも「サービス」で取り消せ、次の問い合わせから見られなくなります。",
    records_choice: "{}を見せる（{}まで）",
    records_given: "{}を見せることに同意（{}まで）",
    records_withdrawn: "{}を見せる同意を取り消しました",
    records: ["保険者にある資格の記録", "保険者にある健診の結果"],
    release_again: "ログインしているあいだは、サービスが同じ情報をもう一度問い合わせることがあります。",
    release_recorded: "渡した記録は「わたしの情報を見た人」に残ります。同意は「サービス」からいつでも取り消せます。",
    agree: "渡してログイン",
    refuse: "やめる",
    missing: "必要な情報がそろいません",
    missing_text: "サービスが必要とする次の情報を、いま渡せません: {}",
    without: "この情報なしでログイン",
    failed: "ログインできません",
    misconfigured: "{}の設定に誤りがあり、ログインできません。サービスの窓口へ、下のコードを伝えてください。",
    no_such_login: "{}が求める種類のログインは、このカードではできません。サービスの窓口へ、下のコードを伝えてください。",
    gone: "この画面は時間がたったか、別のブラウザーで開かれたため、使えません。サービスの画面からやり直してください。",
    answered: "このログインはもう済んでいます。もう一度使うときは、サービスの画面からやり直してください。",
    back: "{}に戻る",
    service: "サービス",
    purpose: "サービスへのログイン",
    query: "ログイン後にサービスから届いた問い合わせ（あなたの操作なし）",
    treatment: "診療（サービスからの問い合わせ）",
    found: "あなたの記録のありか",
    handed: "サービスに渡す情報:",
    handed_discovery: "あなたの記録がどこにあるかを問い合わせる先",
    comma: "、",
    handed_over: "渡した",
    kept: "渡していない",
    attributes: [
        "氏名",
        "フリガナ",
        "生年月日",
        "性別",
        "住所",
        "保険者番号",
        "保険者名",
        "記号・番号",
        "枝番",
        "負担割合 (%)",
        "有効期限",
    ],
};

pub(super) const EN: Services = Services {
    tile: ("Services", "Go on to services that take this card"),
    title: "Services that take your card",
    lead: "You can log in to these services with this card. A service learns a number that means nothing and is another one at every service, and besides only what you agree to.",
    linked: "Services you use",
    none_linked: "None yet.",
    joinable: "Services you can use",
    none: "No others at present.",
    last_used: "Last used",
    releases: "What it gets",
    releases_nothing: "Nothing",
    change: "Change what {} gets",
    change_text: "You have agreed that this service gets what is ticked. Untick what you no longer want to hand over. It counts from the moment you save it.",
    change_required: "What is required cannot be kept back alone. If you do not want to hand it over, end the link to the service on the page before.",
    change_kept: "Nothing is sent to the service. It may still have what was handed over before.",
    change_save: "Save the change",
    change_cancel: "Go back without a change",
    changed: "What {} gets has been changed.",
    back_to_services: "Back to the services",
    history: "When you agreed to what",
    agreed: "Agreed to hand over: {}",
    unlinked: "Ended the link",
    unavailable: "Not available at present",
    ended: "The registration of {} has ended. You can use it again once the service has renewed it. Please ask its support for more.",
    suspended: "{} is stopped by the office for now. You can use it again once it is let in again. Please ask its support for more.",
    unreadable: "{} cannot be used at present. Your link to it is kept. Please try again later.",
    removed: "{} is registered no longer. Your link to it is kept: should it be registered again, you use it under the same number. Once you end the link, you would get another one.",
    open: "Open {}",
    unlink: "End the link to {}",
    unlink_text: "After that you get another number the next time, and are another person to the service.",
    onward: "Going on",
    go_on: "Go on",
    log_in: "Log in to {}",
    log_in_text: "{} asks you to log in with your card.",
    again: "Please log in once more for this service.",
    card_alone: "Log in with the card alone",
    card_alone_text: "This service can be used without a PIN. Put your card on the reader.",
    card_alone_button: "Log in with the card alone",
    cancel: "Do not log in",
    release: "What {} gets",
    release_text: "Before you are logged in to {}, look at what it gets and choose whether to hand it over.",
    release_nothing: "Neither your name nor anything else is handed over, only a number that means nothing and is used at this service alone.",
    release_changed: "What is handed over, or how it is explained, has changed since you agreed.",
    release_choose: "Choose what to hand over",
    required: "required",
    optional: "optional",
    no_value: "No value at present",
    values_hidden: "The present values are not shown. Consent to looking at your records under Consents to see them here. What is handed over comes from your insurers.",
    release_discovery: "While you are logged in, this service can ask where your records are. What is in them is handed over only as far as you have consented, each time.",
    records_choose: "Whether it may see your records at your insurers",
    records_text: "If you choose this, the service can find out for your treatment, while you are logged in, where your records are, and ask those insurers itself. You can log in without it. You can withdraw it under Services at any time, and it counts from the next question on.",
    records_choice: "May see {}, until {}",
    records_given: "Agreed that it may see {}, until {}",
    records_withdrawn: "Withdrew that it may see {}",
    records: ["my coverage at the insurers", "my check-ups at the insurers"],
    release_again: "While you are logged in, the service may ask for the same again by itself.",
    release_recorded: "What was handed over is recorded under Who looked at my data. You can withdraw under Services at any time.",
    agree: "Hand over and log in",
    refuse: "Do not log in",
    missing: "Something is missing",
    missing_text: "The service needs the following, which cannot be had at present: {}",
    without: "Log in without it",
    failed: "You cannot be logged in",
    misconfigured: "{} is set up wrongly, and you cannot be logged in. Please tell its support the code below.",
    no_such_login: "{} asks for a kind of login that this card does not have. Please tell its support the code below.",
    gone: "This page is too old, or was opened in another browser. Please start again at the service.",
    answered: "This login is done already. To log in again, please start at the service.",
    back: "Back to {}",
    service: "Service",
    purpose: "Login to a service",
    query: "Asked by the service itself after your login, without you",
    treatment: "Treatment, asked by a service",
    found: "Where your records are",
    handed: "Handed to a service:",
    handed_discovery: "Where it can ask for your records",
    comma: ", ",
    handed_over: "Handed over",
    kept: "Not handed over",
    attributes: [
        "Name",
        "Name in kana",
        "Date of birth",
        "Sex",
        "Address",
        "Insurer number",
        "Insurer",
        "Symbol and number",
        "Branch number",
        "Copayment (%)",
        "Valid until",
    ],
};
