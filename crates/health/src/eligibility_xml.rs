//! The answer of the online eligibility check (オンライン資格確認, `OQSsiquc01res….xml`), as an institution's terminal or a
//! card reader leaves it.
//!
//! UTF-8 or Shift_JIS. Elements may come in any order and any may be absent; those that are not known here are kept as
//! [`Certificate::others`]. The answer is what the check said when it was made: [`Answer::executed_at`] belongs beside it.
//!
//! Which codes there are is told by OQSCD002 to OQSCD020 of the interface specification (外部インターフェイス仕様書).

mod certificate;

use std::fmt;

use jiff::civil::{Date, DateTime};

use crate::element::{Leaves, Place, document};
use crate::report::{Code, Problem, Report};
use crate::{Coverage, InstitutionCode, InsurerNumber, Wording, eligibility};
pub use certificate::{CardKind, Certificate, Consent, ElderlyShare, Insurer, Limit, SpecificDisease};
use xml::ns::NONE;

const KIND: &str = "eligibility answer";
/// Largest answer that is read, in bytes: of one person, with room for what later versions add.
pub const BYTES_MAX: usize = 1 << 20;
/// Most certificates in one answer.
const CERTIFICATES_MAX: usize = 20;
/// Most problems that a report keeps.
const PROBLEMS_MAX: usize = 100;
/// Longest identifier or message, in characters.
const TEXT_MAX: usize = 200;

/// One answer about one person.
///
/// `Debug` shows the verdict alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// When the check was made (ProcessExecutionTime), Japanese time.
    pub executed_at: Option<DateTime>,
    /// The date that was asked about (QualificationConfirmationDate).
    pub date: Option<Date>,
    /// Who asked.
    pub institution: Option<InstitutionCode>,
    /// What the asking system called its file.
    pub file_identifier: Option<String>,
    /// By what the person was found.
    pub found_by: Option<FoundBy>,
    /// What the check said.
    pub verdict: Verdict,
    /// The sentence or code that came with it.
    pub message: Option<String>,
    /// What it knows of the person's coverage; may be there even if the coverage has ended.
    pub certificates: Vec<Certificate>,
    /// What is unusual in the file.
    pub warnings: Vec<Problem>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({:?}, …)", self.verdict)
    }
}

/// By what the person was found (照会区分, OQSCD002).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// 1: a My Number card at the reader.
    Card,
    /// 2: the numbers of the certificate.
    Numbers,
    /// Another code: some readers have their own for certificates they read by camera.
    Other,
}

/// What the check said (QualificationValidity, OQSCD006, or why there is none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// 1 有効.
    Valid,
    /// 2 無効.
    Lapsed,
    /// 3 無効（新しい資格あり）.
    Replaced,
    /// 4 該当資格なし: no record was found, which does not mean that there is none.
    NoRecord,
    /// 5 複数該当: more than one record fits.
    Several,
    /// 6 有効（未登録）, of medical assistance.
    ValidUnregistered,
    /// The check is still running (SegmentOfResult 2): the answer comes later.
    Pending,
    /// The check failed (SegmentOfResult 9, or ProcessingResultStatus 2) and says nothing about the person.
    Failed,
}

/// What a verdict lets an institution say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Covered.
    Confirmed,
    /// This coverage has ended.
    Ended,
    /// Nothing is known: never to be shown as "no insurance".
    Unconfirmed,
}

impl Verdict {
    fn of_validity(code: &str) -> Option<Self> {
        Some(match code {
            "1" => Self::Valid,
            "2" => Self::Lapsed,
            "3" => Self::Replaced,
            "4" => Self::NoRecord,
            "5" => Self::Several,
            "6" => Self::ValidUnregistered,
            _ => return None,
        })
    }

    /// What it lets one say.
    pub fn standing(self) -> Standing {
        match self {
            Self::Valid | Self::ValidUnregistered => Standing::Confirmed,
            Self::Lapsed | Self::Replaced => Standing::Ended,
            Self::NoRecord | Self::Several | Self::Pending | Self::Failed => Standing::Unconfirmed,
        }
    }

    /// What it means for the person at the desk and what to do.
    pub fn explained(self) -> Wording {
        match self {
            Self::Valid => Wording::new("有効な資格です。", "Covered."),
            Self::Lapsed => Wording::new(
                "この資格は終わっています。新しい資格がないか、ご本人に確認してください。",
                "This coverage has ended. Ask the person whether there is a newer one.",
            ),
            Self::Replaced => Wording::new(
                "この資格は終わっています。新しい資格があります。新しい資格で確認してください。",
                "This coverage has ended and was replaced by a newer one. Check the newer one.",
            ),
            Self::NoRecord => eligibility::State::None.explained(),
            Self::Several => eligibility::State::Several.explained(),
            Self::ValidUnregistered => Wording::new(
                "有効です（未登録）。医療券を確認してください。",
                "Valid, not registered yet. Check the medical ticket.",
            ),
            Self::Pending => Wording::new(
                "確認中です。しばらくして、もう一度確認してください。",
                "The check is still running. Ask again in a while.",
            ),
            Self::Failed => Wording::new(
                "確認できません。無保険という意味ではありません。窓口で再確認してください。",
                "The check failed. This does not mean that the person is not insured: check again at the desk.",
            ),
        }
    }
}

/// Reads an answer.
///
/// # Errors
/// [`Report`] names each problem with its line and element. Of a file with an Individual Number anywhere, nothing is kept.
pub fn read(bytes: &[u8]) -> Result<Answer, Report> {
    let mut report = Report::new(KIND, PROBLEMS_MAX);
    let answer = document(bytes, BYTES_MAX, &mut report, answer);
    match (answer, report.finish()) {
        (Some(answer), Ok(warnings)) => Ok(Answer { warnings, ..answer }),
        (None, Ok(_)) => Err(Report::of(KIND, Problem::at_line(Code::OtherDocument, 1))),
        (_, Err(report)) => Err(report),
    }
}

/// Reads an answer as what an insurer brings into its own ledger: the periods of coverage in it, and what is unusual. `today` is
/// the day for which a share that is not written is told from the age.
///
/// # Errors
/// As [`read`]; [`Report`] also names an answer that holds no coverage, a coverage that is not complete, and one of another
/// insurer.
pub fn coverages(bytes: &[u8], insurer: InsurerNumber, today: Date) -> Result<(Vec<Coverage>, Vec<Problem>), Report> {
    let answer = read(bytes)?;
    let mut report = Report::new(KIND, PROBLEMS_MAX);
    if answer.verdict.standing() == Standing::Unconfirmed || answer.certificates.is_empty() {
        report.push(Problem::at_line(Code::NoCoverage, 1));
    }
    let mut found = Vec::new();
    for certificate in &answer.certificates {
        match certificate.coverage(today) {
            Some(coverage) if coverage.insurer == insurer => found.push(coverage),
            Some(other) => {
                report.push(Problem::at_line(Code::OtherInsurer, 1).found(&other.insurer.to_string()));
            }
            None => report.push(Problem::at_line(Code::CoverageIncomplete, 1)),
        }
    }
    answer.warnings.into_iter().for_each(|warning| report.warn(warning));
    report.finish().map(|warnings| (found, warnings))
}

/// The report on an answer that whoever knows more than the reader refuses.
pub fn refused(code: Code) -> Report {
    Report::of(KIND, Problem::at_line(code, 1))
}

fn answer(root: Place, report: &mut Report) -> Option<Answer> {
    if !xml::is(root.node, NONE, "XmlMsg") {
        report.push(root.problem(Code::OtherDocument));
        return None;
    }
    let header = root.needed(NONE, "MessageHeader", report)?;
    let body = root.needed(NONE, "MessageBody", report)?;
    if header.children(NONE, "SegmentOfResult").next().is_none() {
        // A question looks the same but for this.
        report.push(root.problem(Code::OtherDocument));
        return None;
    }
    let mut leaves = Leaves::new(header, report);
    let executed_at = leaves.optional("ProcessExecutionTime", moment);
    let date = leaves.date("QualificationConfirmationDate");
    let institution = leaves.optional("MedicalInstitutionCode", |text| InstitutionCode::parse(text).ok());
    if let Some(unusual) = institution.filter(|institution| !institution.check_digit_matches()) {
        leaves.unusual(Code::InstitutionUnusual, "MedicalInstitutionCode", &unusual.to_string());
    }
    let file_identifier = leaves.text("ArbitraryFileIdentifier", TEXT_MAX);
    let found_by = leaves.optional("ReferenceClassification", found_by);
    let segment = leaves.required("SegmentOfResult", Segment::parse);
    let failure = leaves.text("ErrorMessage", TEXT_MAX).or(leaves.text("ErrorCode", TEXT_MAX));
    let mut leaves = Leaves::new(body, report);
    let status = leaves.optional("ProcessingResultStatus", |text| ["1", "2"].iter().position(|code| *code == text));
    let message = leaves.text("ProcessingResultMessage", TEXT_MAX).or(leaves.text("ProcessingResultCode", TEXT_MAX));
    let verdict = match (segment?, status) {
        (Segment::Pending, _) => Verdict::Pending,
        (Segment::Failed, _) | (Segment::Done, Some(1)) => Verdict::Failed,
        (Segment::Done, _) => leaves.required("QualificationValidity", Verdict::of_validity)?,
    };
    let mut certificates = Vec::new();
    if let Some(list) = body.child(NONE, "ResultList", report) {
        for place in list.children(NONE, "ResultOfQualificationConfirmation") {
            if certificates.len() == CERTIFICATES_MAX {
                report.push(place.problem(Code::TooMany));
                break;
            }
            certificates.extend(certificate::certificate(place, report));
        }
    }
    let message = failure.or(message);
    let warnings = Vec::new();
    Some(Answer { executed_at, date, institution, file_identifier, found_by, verdict, message, certificates, warnings })
}

/// SegmentOfResult, OQSCD003.
enum Segment {
    Done,
    Pending,
    Failed,
}

impl Segment {
    fn parse(code: &str) -> Option<Self> {
        Some(match code {
            "1" => Self::Done,
            "2" => Self::Pending,
            "9" => Self::Failed,
            _ => return None,
        })
    }
}

fn found_by(code: &str) -> Option<FoundBy> {
    Some(match code {
        "1" => FoundBy::Card,
        "2" => FoundBy::Numbers,
        _ => FoundBy::Other,
    })
}

/// `yyyyMMddHHmmss`.
fn moment(text: &str) -> Option<DateTime> {
    let plain = text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| DateTime::strptime("%Y%m%d%H%M%S", text).ok()).flatten()
}

#[cfg(test)]
mod tests;
