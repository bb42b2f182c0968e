//! The kinds of problem.

use crate::Wording;

macro_rules! codes {
    ($($name:ident $code:literal $ja:literal $en:literal;)+) => {
        /// The kinds of problem, each with a stable code for manuals and support. Codes with a W are warnings.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = concat!($code, ": ", $en)] $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What is wrong and what to do, without place or quotation.
            pub fn wording(self) -> Wording {
                match self { $(Self::$name => Wording::new($ja, $en),)+ }
            }
        }
    };
}

codes! {
    Empty "CSV-01" "ファイルが空です。見出し行のあるファイルを選んでください"
        "the file is empty; choose one with a header line";
    BrokenText "CSV-02" "文字が壊れています。UTF-8 か Shift_JIS（CP932）で出力し直してください"
        "characters are broken; export again as UTF-8 or Shift_JIS (CP932)";
    MyNumber "CSV-03" "マイナンバーと思われる12桁の番号があります。このシステムは受け取れません。列ごと除いてください"
        "a 12-digit number that can be an Individual Number; it may not be sent here, remove it";
    TooLarge "CSV-04" "ファイルが大きすぎます。分けて送ってください"
        "the file is too large; send it in parts";
    LineTooLong "CSV-05" "行が長すぎます。引用符（\"）の閉じ忘れを確かめてください"
        "the line is too long; look for a quotation mark that is not closed";
    ColumnMissing "CSV-06" "必要な列がありません。見出し行にこの名前の列を加えてください"
        "a required column is missing; add it to the header line by this name";
    ColumnTwice "CSV-07" "同じ列が二つあります。一つにしてください"
        "the column is there twice; keep one";
    CellCount "CSV-08" "列の数が見出し行と違います。カンマの過不足を確かめてください"
        "the number of cells differs from the header line; look for a missing or additional comma";
    CellEmpty "CSV-09" "空欄です。必ず値を入れてください"
        "the cell is empty; it must have a value";
    InsurerNumber "CSV-10" "保険者番号の桁数か検証番号が正しくありません。番号を確かめてください"
        "the insurer's number has a wrong length or check digit; look the number up";
    Date "CSV-11" "日付として読めません。2024-04-01 や 令和6年4月1日 の形で書いてください"
        "not a date; write it as 2024-04-01 or 令和6年4月1日";
    Word "CSV-12" "この列で使えない値です。決められた区分で書いてください"
        "the value is none of this column; use its codes";
    Unfit "CSV-13" "長すぎるか、使えない文字が含まれています。値を確かめてください"
        "too long, or with characters that cannot be there; correct the value";
    DateOrder "CSV-14" "日付の前後が合いません。生年月日、取得日、喪失日、有効期限の順を確かめてください"
        "the dates contradict each other; check birth, first day, loss and end of validity";
    Twice "CSV-15" "同じ資格の行が二つあります。一つにしてください"
        "the same enrolment is there twice; keep one row";
    NoRows "CSV-16" "見出し行だけで、データの行がありません"
        "there is a header line but no row";
    TooManyColumns "CSV-17" "列が多すぎます。資格情報の列だけを出力してください"
        "too many columns; export only those of the coverage";
    NotCsv "CSV-18" "CSV ファイルではありません。表計算ソフトで「CSV」として保存し直してください"
        "not a CSV file; save it as CSV from the spreadsheet";
    OtherInsurer "CSV-19" "ほかの保険者の行です。この保険者の行だけにしてください"
        "a row of another insurer; keep those of this one only";
    Stranger "MEM-01" "この番号の被保険者がいません。記号・番号・枝番を確かめるか、資格情報を先に取り込んでください"
        "nobody is insured under these numbers; look them up, or bring in the coverage file first";
    OtherPerson "MEM-02" "この番号の被保険者と、生年月日、性別または氏名が違います。どちらが正しいか確かめてください"
        "birth date, sex or name are not those of the person insured under these numbers; look up which are right";
    SeveralPersons "MEM-03" "当てはまる被保険者が二人以上います。枝番を入れてください"
        "more than one insured person fits; add the branch number";
    UnknownColumn "CSV-W1" "知らない列なので読みませんでした"
        "an unknown column was not read";
    Placeholder "CSV-W2" "外字または〓があります。正しい文字を確かめてください"
        "a private-use character or a placeholder for a missing glyph; check the right one";
    NotXml "XML-01" "XML として読めません。作成したシステムで出力し直してください"
        "not well-formed XML, or with parts that are not taken (DOCTYPE, CDATA); export it again";
    OtherDocument "XML-02" "この取り込みで扱う文書ではありません。ファイルの種類を確かめてください"
        "not a document of this kind; check which file was chosen";
    ElementMissing "XML-03" "必要な要素または値がありません。作成したシステムに確かめてください"
        "a required element or value is missing; ask whoever made the file";
    ElementTwice "XML-04" "一つだけの要素が二つ以上あります。作成したシステムに確かめてください"
        "an element that may be there once is repeated; ask whoever made the file";
    ElementValue "XML-05" "この要素で使えない値です。作成したシステムに確かめてください"
        "the value is none of this element; ask whoever made the file";
    TooMany "XML-06" "繰り返しが多すぎます。分けて出力してください"
        "more repetitions than are read; export it in parts";
    CoverageIncomplete "OQS-01" "資格の記録に足りない項目があります（番号、氏名、カナ、生年月日、性別、本人家族、資格取得日、70歳からは負担割合）"
        "not enough for a period of coverage: number, name, reading, birth date, sex, relationship, first day, and from 70 years the share";
    NoCoverage "OQS-02" "資格のない回答です（該当なし、複数該当、処理中、異常）。無保険という意味ではありません。もう一度照会してください"
        "an answer without coverage: nobody or several found, still running, or failed; it does not mean that there is none, so ask again";
    InsurerUnusual "OQS-W1" "保険者番号の桁数か検証番号が正しくありません。この番号では照合できません"
        "the insurer's number has a wrong length or check digit; it cannot be matched";
    InstitutionUnusual "INS-W1" "医療機関コードの検証番号が合いません。コードを確かめてください"
        "the check digit of the institution's code does not match; look the code up";
    ItemUnknown "KEN-W1" "項目コード表にない項目なので読みませんでした"
        "an item that is not in the item table was not read";
    ItemTwice "KEN-01" "同じ項目が二つあります。一つにしてください"
        "the item is there twice; keep one";
    ItemType "KEN-02" "項目コード表と違うデータ型です。作成したシステムに確かめてください"
        "not the data type of the item table; ask whoever made the file";
    ItemValue "KEN-03" "この項目の値になりません。桁数、区分、または未実施の書き方を確かめてください"
        "not a value of this item; look at its digits, its choices, or how 'not done' is written";
    ItemUnit "KEN-04" "項目コード表と違う単位です。作成したシステムに確かめてください"
        "not the unit of the item table; ask whoever made the file";
    ItemList "KEN-05" "項目コード表と違う結果コード表です。作成したシステムに確かめてください"
        "not the list of choices of the item table; ask whoever made the file";
    CheckupTwice "KEN-06" "同じ人の同じ日の健診が二つあります。一つにしてください"
        "the same person's check-up of the same day is there twice; keep one";
    NotArchive "ZIP-01" "zip ファイルとして読めません。もう一度作成してください"
        "cannot be read as a zip archive; make it again";
    ArchiveTooLarge "ZIP-02" "ファイルの数または大きさが、この種類の zip としては大きすぎます。分けて作成してください"
        "more files or bytes than an archive of this kind has; make it in parts";
    ArchivePath "ZIP-03" "zip の中のファイル名が正しくありません（フォルダーの外を指す、またはリンク）"
        "a name in the archive leads out of its folder, or is a link";
    ArchiveIncomplete "ZIP-04" "必要なファイルがありません。フォルダーごと zip にしてください"
        "a required file is missing; pack the whole folder";
    ArchiveDamaged "ZIP-05" "zip の中のファイルが壊れています。もう一度作成してください"
        "a file in the archive is damaged; make it again";
    ArchiveSealed "ZIP-06" "暗号化または未対応の圧縮方式です。パスワードなしの通常の zip で作成してください"
        "encrypted, or packed in an unusual way; make a plain archive without a password";
    ArchiveCount "ZIP-W1" "件数が ix ファイルの記載と違います。送り漏れがないか確かめてください"
        "another count of files than the index says; check that none is missing";
    ArchiveOther "ZIP-W2" "健診データ（DATA/h….xml）ではないので読みませんでした"
        "not a check-up document (DATA/h….xml), and not read";
    Amount "EXP-01" "金額または数として読めません。数字で書いてください"
        "not an amount or a count; write digits";
    ClaimOrder "UKE-01" "レコードの順序または識別が正しくありません。IR で始まり、GO で終わるファイルか確かめてください"
        "a record is out of order or unknown; the file must begin with IR and end with GO";
    ClaimTotals "UKE-02" "GO レコードの合計と、レセプトの合計が違います。ファイルが途中で切れていないか確かめてください"
        "the totals of the GO record differ from those of the claims; check that the file is complete";
    ClaimVolumes "UKE-03" "複数の媒体に分かれたファイルは取り込めません。一つのファイルで出力してください"
        "a file in several volumes is not taken; export it as one";
    ClaimsUnfinished "UKE-04" "GO レコードがありません。ファイルが途中で切れています"
        "there is no GO record; the file is cut off";
    ClaimUninsured "UKE-05" "保険者（HO）のないレセプトなので取り込みませんでした。公費だけの請求です"
        "a claim without an insurer (HO), on public funds alone, was not taken";
    DetailUnfinished "MED-01" "明細が途中で終わっています。診療年月から窓口相当負担額までそろっているか確かめてください"
        "a detail is not complete; it must go from 診療年月 to 窓口相当負担額";
    NoDetails "MED-02" "医療費の明細がありません。医療費通知情報のファイルか確かめてください"
        "there is no detail; check that this is a notice of medical expenses";
    NoticeNameless "MED-03" "だれの医療費か、氏名だけでは決められません。「資格情報」に保険者番号、記号、番号、枝番、生年月日の行を加えてください"
        "a name alone does not say whose expenses these are; add rows for 保険者番号, 記号, 番号, 枝番 and 生年月日 under 資格情報";
    DetailTotals "MED-W1" "明細の合計が、はじめの部分の総額と違います。欠けた明細がないか確かめてください"
        "the details add up to another total than the head says; check that none is missing";
    NotDummy "PEN-01" "年金はダミーデータだけを取り込みます。「ダミーデータ」の列に 1 を入れてください"
        "only dummy data of pensions is taken; the column ダミーデータ must be 1";
}
