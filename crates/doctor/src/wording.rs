//! Every sentence of a finding, in each language.

use serde::Serialize;
use web::Lang;

use crate::{Check, Problem};

/// What is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What is wrong, in a sentence.
    pub what: String,
    /// What to do.
    pub todo: &'static str,
}

impl Check {
    /// The name of the respect.
    #[must_use]
    pub fn said(self, lang: Lang) -> &'static str {
        let (ja, en) = match self {
            Self::Configuration => ("設定", "configuration"),
            Self::Connection => ("接続とTLS", "connection and TLS"),
            Self::Certificate => ("証明書の期限", "certificate's end"),
            Self::Clock => ("時計", "clock"),
            Self::Messages => ("署名付きの照会と応答", "signed question and answer"),
            Self::Keys => ("鍵", "keys"),
            Self::Database => ("データベース", "database"),
            Self::Space => ("空き容量", "free space"),
            Self::AccessLog => ("アクセスログ", "access log"),
            Self::Questions => ("届いた照会", "questions received"),
        };
        match lang {
            Lang::Ja => ja,
            Lang::En => en,
        }
    }
}

impl Problem {
    /// What is wrong and what to do, in the reader's language.
    #[must_use]
    pub fn advice(&self, lang: Lang) -> Advice {
        let (what, todo) = match lang {
            Lang::Ja => (self.what_ja(), self.todo_ja()),
            Lang::En => (self.what_en(), self.todo_en()),
        };
        Advice { what, todo }
    }

    fn what_ja(&self) -> String {
        match self {
            Self::NameUnknown => "ホスト名が見つかりません。".into(),
            Self::PortClosed => "そのポートでは、何も動いていません。".into(),
            Self::Silent => "つながりましたが、時間内に応答がありません。".into(),
            Self::NoTls => "相手の応答が、TLS 1.3 ではありません。".into(),
            Self::UnknownAuthority => "相手の証明書が、設定された認証局の署名ではありません。".into(),
            Self::OtherName => "相手の証明書が、別のホスト名のものです。".into(),
            Self::Ended => "証明書の期限が切れています（または、まだ始まっていません）。".into(),
            Self::OwnCertificateRefused => "相手が、こちらの証明書を受け付けません。".into(),
            Self::EndsSoon { days } => format!("証明書の期限まで、あと{days}日です。"),
            Self::Unreadable => "証明書または鍵を読めません。".into(),
            Self::AnswerSignature => "相手の応答の署名が、設定された証明書と合いません。".into(),
            Self::OwnSignatureRefused => "相手が、こちらの署名を受け付けません。".into(),
            Self::TokenRefused => "相手が、こちらのトークンを受け付けません。".into(),
            Self::SenderUnknown => "相手に、こちらの entity ID が登録されていません。".into(),
            Self::OtherAddress => "相手は、自分のアドレスを別のものとしています。".into(),
            Self::ClockOff { seconds } if *seconds < 0 => format!("相手の時計が{}秒遅れています。", -seconds),
            Self::ClockOff { seconds } => format!("相手の時計が{seconds}秒進んでいます。"),
            Self::Unusable { code } => format!("照会と応答が成り立ちません（{code}）。"),
            Self::Resting { failures } => format!("続けて{failures}回つながらず、いまは照会を控えています。"),
            Self::Moved { address } => format!("相手は {address} に移りました。設定は前のアドレスのままです。"),
            Self::Database => "データベースに書き込めません。".into(),
            Self::Space { mebibytes } => format!("空き容量が{mebibytes} MiBしかありません。"),
            Self::NoFolder => "フォルダーがないか、使えません。".into(),
            Self::LogEnd => "アクセスログの末尾が、封印されたときと違います。".into(),
            Self::Keys => "鍵ストアを開けないか、その中の鍵が使えません。".into(),
            Self::Setting { reason } => format!("設定に誤りがあります：{reason}"),
            Self::NoPeers => "相手が1つも設定されていません。".into(),
            Self::NotAsked { days } => format!("{days}日以上、照会が1件も届いていません。"),
            Self::Stranded { ends } => {
                format!("設定にない相手に、リンクの終了を伝えられません。{ends}件が待っています。")
            }
            Self::SharedEntity => {
                "登録されているサービスが、同じ entity ID を使っています。そのサービスは使われません。".into()
            }
            Self::Untold { ends } => format!("連携の終了{ends}件が、ポータルにまだ伝わっていません。"),
            Self::Refused { count, code } => format!("この24時間に{count}件の照会を拒否しました（最新は{code}）。"),
        }
    }

    fn todo_ja(&self) -> &'static str {
        match self {
            Self::NameUnknown => "設定の address と、DNS を確かめてください。",
            Self::PortClosed => {
                "相手の運用者に、動いているかを確かめてください。次に、ポート番号とファイアウォールを確かめてください。"
            }
            Self::Silent => "途中のファイアウォールと、相手の混み具合を確かめてください。",
            Self::NoTls => "address のポートが正しいか、途中でTLSを終端する装置がないかを確かめてください。",
            Self::UnknownAuthority => {
                "相手の運用者に電話で確かめ、正しければ認証局の証明書（authority / client_ca）を入れ替えてください。"
            }
            Self::OtherName => "address のホスト名か、相手の証明書を直してください。",
            Self::Ended => {
                "新しい証明書を発行して入れ替え、相手にも渡してください。時計が正しいことも確かめてください。"
            }
            Self::OwnCertificateRefused => {
                "こちらのTLS証明書が、相手の信頼する認証局のもので、期限内かを確かめてください。"
            }
            Self::EndsSoon { .. } => "いまのうちに新しい証明書を発行し、相手に渡してください。",
            Self::Unreadable => "ファイルがあるか、このユーザーが読めるか、PEM かを確かめてください。",
            Self::AnswerSignature => "相手の運用者から署名の証明書を受け取り直し、設定してください。",
            Self::OwnSignatureRefused => "こちらの署名の証明書（sign.pem）を、相手に渡し直してください。",
            Self::TokenRefused => {
                "相手の暗号化の証明書を設定し直し、こちらの token.pem を相手に渡し直してください。時計も確かめてください。"
            }
            Self::SenderUnknown => "相手の設定の providers に、こちらの entity ID を登録してもらってください。",
            Self::OtherAddress => "こちらの設定の address と、相手の設定の address を同じにしてください。",
            Self::ClockOff { .. } => {
                "両方の機械で、時刻合わせ（NTP）が働いているかを確かめてください。1分を超えると照会が拒否されます。"
            }
            Self::Unusable { .. } => "運用者の手引きで、このコードを調べてください。",
            Self::Resting { .. } => "接続の項目を見てください。つながれば、1分以内にひとりでに戻ります。",
            Self::Moved { .. } => "設定の address を書き換えてください。",
            Self::Database => "ディスクの空きと権限、データベースが動いているかを確かめてください。",
            Self::Space { .. } => "空きを作るか、ディスクを増やしてください。",
            Self::NoFolder => "フォルダーを作り、このユーザーが書けるようにしてください。",
            Self::LogEnd => {
                "データベースの写しを取り、verify コマンドを実行して、別に保管した行と比べてください。それまで何も開示されません。"
            }
            Self::Keys => {
                "鍵ストアのファイルと、パスフレーズまたはクレデンシャルを確かめてください。なければ控えから戻してください。"
            }
            Self::Setting { .. } => "設定ファイルを直してください。",
            Self::NoPeers => "設定に相手を書いてください。",
            Self::NotAsked { .. } => {
                "プラットフォームの運用者に、そちらから見えるかを doctor で確かめてもらってください。"
            }
            Self::Stranded { .. } => {
                "相手が続いているなら設定に戻してください。すぐに伝えます。なくなったのなら、何もしなくてかまいません。400日で消えます。"
            }
            Self::SharedEntity => {
                "設定のその entity ID が正しいかを確かめてください。正しければ、サービスの運用者に別の entity ID を求めてください。"
            }
            Self::Untold { .. } => {
                "設定の [discovery] とポータルへの回線を確かめてください。伝わらないわけは、記録の LINK-31 にあります。直れば自動で伝わります。"
            }
            Self::Refused { .. } => {
                "運用者の手引きで、このコードを調べてください。WSF-06 は時計、WSF-07 と WSF-08 は証明書、WSF-11 はアドレスです。"
            }
        }
    }

    fn what_en(&self) -> String {
        match self {
            Self::NameUnknown => "The host name leads nowhere.".into(),
            Self::PortClosed => "Nobody listens at that port.".into(),
            Self::Silent => "The call is taken, and no answer comes in time.".into(),
            Self::NoTls => "What answers does not speak TLS 1.3.".into(),
            Self::UnknownAuthority => "The peer's certificate is not signed by the configured authority.".into(),
            Self::OtherName => "The peer's certificate is for another host name.".into(),
            Self::Ended => "The certificate has ended, or has not begun.".into(),
            Self::OwnCertificateRefused => "The peer does not take our certificate.".into(),
            Self::EndsSoon { days } => format!("The certificate ends in {days} days."),
            Self::Unreadable => "The certificate or key cannot be read.".into(),
            Self::AnswerSignature => "The signature of the answer does not fit the configured certificate.".into(),
            Self::OwnSignatureRefused => "The peer does not take our signature.".into(),
            Self::TokenRefused => "The peer does not take our token.".into(),
            Self::SenderUnknown => "The peer does not know our entity ID.".into(),
            Self::OtherAddress => "The peer takes itself to be at another address.".into(),
            Self::ClockOff { seconds } if *seconds < 0 => format!("The peer's clock is {} seconds behind.", -seconds),
            Self::ClockOff { seconds } => format!("The peer's clock is {seconds} seconds ahead."),
            Self::Unusable { code } => format!("Question and answer do not come about ({code})."),
            Self::Resting { failures } => {
                format!("It failed {failures} times in a row and is left alone for the moment.")
            }
            Self::Moved { address } => {
                format!("The peer has moved to {address}; the configuration has its old address.")
            }
            Self::Database => "The database does not take a change.".into(),
            Self::Space { mebibytes } => format!("Only {mebibytes} MiB are free."),
            Self::NoFolder => "The folder is not there, or may not be used.".into(),
            Self::LogEnd => "The end of the access log is not as it was sealed.".into(),
            Self::Keys => "The key store cannot be opened, or a key in it does not work.".into(),
            Self::Setting { reason } => format!("The configuration cannot work: {reason}"),
            Self::NoPeers => "No peer is configured.".into(),
            Self::NotAsked { days } => format!("No question has come in for {days} days."),
            Self::Stranded { ends } => {
                format!("It is in no configuration, and {ends} ends of links wait to be told to it.")
            }
            Self::SharedEntity => "A registered service has the same entity ID; that service is not used.".into(),
            Self::Untold { ends } => format!("The portal does not know yet of {ends} ends of links."),
            Self::Refused { count, code } => {
                format!("{count} messages were refused within the last day, the newest with {code}.")
            }
        }
    }

    fn todo_en(&self) -> &'static str {
        match self {
            Self::NameUnknown => "Look at the address in the configuration, and at DNS.",
            Self::PortClosed => "Ask its operator whether it runs; then look at the port number and at firewalls.",
            Self::Silent => "Look at firewalls on the way, and ask whether the peer is overloaded.",
            Self::NoTls => "Look whether the address has the right port, and whether something on the way ends TLS.",
            Self::UnknownAuthority => {
                "Ask its operator by telephone; if it is right, replace the authority's certificate (authority, client_ca)."
            }
            Self::OtherName => "Put right the host in the address, or the peer's certificate.",
            Self::Ended => {
                "Make a new certificate, put it in place and hand it to the peer. See that the clock is right."
            }
            Self::OwnCertificateRefused => {
                "See that our TLS certificate is in time and signed by an authority that the peer trusts."
            }
            Self::EndsSoon { .. } => "Make a new certificate now, and hand it to the peer.",
            Self::Unreadable => "See that the file is there, readable by this user, and PEM.",
            Self::AnswerSignature => "Get the signing certificate from its operator again, and configure it.",
            Self::OwnSignatureRefused => "Hand our signing certificate (sign.pem) to the peer again.",
            Self::TokenRefused => {
                "Configure its encryption certificate again, and hand it our token.pem again. Look at the clocks, too."
            }
            Self::SenderUnknown => "Have our entity ID written into the providers of its configuration.",
            Self::OtherAddress => "Make the address in our configuration and that in its own the same.",
            Self::ClockOff { .. } => "See that both machines keep time by NTP. Beyond a minute questions are refused.",
            Self::Unusable { .. } => "Look the code up in the operator's guide.",
            Self::Resting { .. } => "Look at its connection. Once that works, it is asked again within a minute.",
            Self::Moved { .. } => "Write the new address into the configuration.",
            Self::Database => "Look at the disk's space and permissions, and whether the database runs.",
            Self::Space { .. } => "Make room, or add a disk.",
            Self::NoFolder => "Make the folder, and let this user write into it.",
            Self::LogEnd => {
                "Keep a copy of the database, run the verify command and compare with the lines kept elsewhere. Nothing is disclosed until then."
            }
            Self::Keys => {
                "Look at the key store's file and its passphrase or credential; restore a backup where one is gone."
            }
            Self::Setting { .. } => "Put the configuration right.",
            Self::NoPeers => "Write the peers into the configuration.",
            Self::NotAsked { .. } => {
                "Have the platform's operator run the doctor there, to see whether this node is reached."
            }
            Self::Stranded { .. } => {
                "Where it goes on, put it back into the configuration: it is told at once. Where it is gone, nothing is to be done; they are forgotten after 400 days."
            }
            Self::SharedEntity => {
                "See that this entity ID in the configuration is right. If it is, ask the service's operator for another one."
            }
            Self::Untold { .. } => {
                "Look at [discovery] in the configuration and at the line to the portal; LINK-31 in the log says why. Once that is put right it is told by itself."
            }
            Self::Refused { .. } => {
                "Look the code up in the operator's guide: WSF-06 is the clock, WSF-07 and WSF-08 certificates, WSF-11 the address."
            }
        }
    }
}
