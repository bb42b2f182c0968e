//! One `ResultOfQualificationConfirmation`.

use std::fmt;

use jiff::civil::{Date, DateTime};
use xml::ns::NONE;

use super::moment;
use crate::cells::{ADDRESS_MAX, NAME_MAX, NUMBER_MAX, katakana};
use crate::element::{Leaves, Place};
use crate::report::{Code, Report};
use crate::{Copayment, Coverage, InsurerNumber, LossReason, Person, Relationship, Sex, folded};

/// Most elements that are kept without being understood, and their longest text in characters.
const OTHERS_MAX: usize = 200;
const OTHER_CHARACTERS_MAX: usize = 400;
/// Most diseases on one certificate.
const DISEASES_MAX: usize = 20;

/// One coverage as the check knows it. Any part may be missing.
///
/// `Debug` shows the insurer alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// What kind of certificate.
    pub kind: Option<CardKind>,
    /// Who insures.
    pub insurer: Insurer,
    /// 保険者名.
    pub insurer_name: Option<String>,
    /// 記号, as written.
    pub symbol: Option<String>,
    /// 番号, folded.
    pub number: Option<String>,
    /// 枝番.
    pub branch: Option<String>,
    /// 本人 or 家族.
    pub relationship: Option<Relationship>,
    /// The householder or insured employee.
    pub insured_name: Option<String>,
    /// The patient.
    pub name: Option<String>,
    /// 通称.
    pub other_name: Option<String>,
    /// The patient's reading, in full-width katakana.
    pub kana: Option<String>,
    /// Sex, as printed on the front.
    pub sex: Option<Sex>,
    /// Date of birth.
    pub birth: Option<Date>,
    /// Postal code, as written.
    pub post_number: Option<String>,
    /// Address, as written.
    pub address: Option<String>,
    /// 資格取得日.
    pub valid_from: Option<Date>,
    /// 資格喪失日: the first day no longer covered.
    pub lost_on: Option<Date>,
    /// 喪失事由.
    pub loss_reason: Option<LossReason>,
    /// 交付年月日 of the certificate.
    pub issued_on: Option<Date>,
    /// First day of the certificate.
    pub card_from: Option<Date>,
    /// Last day of the certificate.
    pub card_until: Option<Date>,
    /// 負担割合, where the certificate bears one.
    pub copayment: Option<Copayment>,
    /// 未就学.
    pub preschool: bool,
    /// 高齢受給者証.
    pub elderly: Option<ElderlyShare>,
    /// 限度額適用認定証等, if the person agreed to show it.
    pub limit: Option<Limit>,
    /// 特定疾病療養受療証, if the person agreed to show them.
    pub diseases: Vec<SpecificDisease>,
    /// 特定健診情報: may the institution see it, and until when.
    pub checkups: Consent,
    /// 薬剤情報.
    pub medicines: Consent,
    /// 診療情報.
    pub treatments: Consent,
    /// Texts of elements that are not read here, by path: medical tickets, and what later versions bring.
    pub others: Vec<(String, String)>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({:?}, …)", self.insurer)
    }
}

/// The insurer of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Insurer {
    /// A number with its check digit right.
    Number(InsurerNumber),
    /// A number that cannot be matched, as written.
    Unusual(String),
    /// No number.
    Missing,
}

/// 被保険者証区分, OQSCD010.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardKind {
    /// 01 一般.
    General,
    /// 02 退職.
    Retired,
    /// 03 短期（一般）.
    ShortTerm,
    /// 04 短期（退職）.
    ShortTermRetired,
    /// 05 特別療養費 (before: 資格証明書): the whole cost is paid at the desk first.
    SpecialMedicalCare,
    /// 06 特例退職.
    SpecialRetired,
    /// 07 自衛官.
    SelfDefence,
    /// A1 医療扶助.
    MedicalAssistance,
    /// A code of a later version.
    Other,
}

/// 高齢受給者証: the share from 70 to 74 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElderlyShare {
    /// 交付年月日.
    pub issued_on: Option<Date>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// 負担割合.
    pub copayment: Option<Copayment>,
}

/// 限度額適用認定証等.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// 区分, OQSCD011: 01 限度額適用, 02 限度額適用・標準負担額減額, 03 標準負担額減額.
    pub kind: Option<String>,
    /// 適用区分, OQSCD012: A01 ア to A06, B01 現役並みⅢ to B10.
    pub band: Option<String>,
    /// 交付年月日.
    pub issued_on: Option<Date>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// 長期入院該当年月日.
    pub long_term_from: Option<Date>,
}

/// 特定疾病療養受療証.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecificDisease {
    /// OQSCD013: 1 人工透析, 2 血友病, 3 HIV.
    pub category: Option<String>,
    /// 交付年月日.
    pub issued_on: Option<Date>,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// 自己負担限度額 in yen.
    pub self_pay_yen: Option<u32>,
}

/// Whether the person agreed to show one kind of information (OQSCD016), and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consent {
    /// Given; an expired consent is not.
    pub given: bool,
    /// When.
    pub at: Option<DateTime>,
    /// The end of viewing, 24 hours later.
    pub until: Option<DateTime>,
}

impl Certificate {
    /// The coverage record that this is, if it is complete enough for one: insurer, number, person, first day.
    ///
    /// Where no share is written it follows from the age on `date`: 2割 before school, 3割 up to 69 years. From 70 years it must be
    /// written (健康保険法 74条).
    pub fn coverage(&self, date: Date) -> Option<Coverage> {
        let Insurer::Number(insurer) = self.insurer else { return None };
        let birth = self.birth?;
        let person = Person {
            name: self.name.clone()?,
            kana: self.kana.clone()?,
            birth,
            sex: self.sex?,
            address: self.address.clone(),
        };
        Some(Coverage {
            insurer,
            insurer_name: self.insurer_name.clone(),
            symbol: self.symbol.clone(),
            number: self.number.clone()?,
            branch: self.branch.clone(),
            relationship: self.relationship?,
            insured_name: self.insured_name.clone(),
            copayment: self.copayment_on(birth, date)?,
            valid_from: self.valid_from.or(self.card_from)?,
            lost_on: self.lost_on,
            loss_reason: self.loss_reason,
            valid_until: self.card_until,
            issued_on: self.issued_on,
            person,
        })
    }

    fn copayment_on(&self, birth: Date, date: Date) -> Option<Copayment> {
        let elderly = self.elderly.filter(|elderly| {
            elderly.from.is_none_or(|from| from <= date) && elderly.until.is_none_or(|until| date <= until)
        });
        let by_age = || {
            let age = birth.until((jiff::Unit::Year, date)).ok()?.get_years();
            match age {
                ..70 if self.preschool => Some(Copayment::Two),
                ..70 => Some(Copayment::Three),
                _ => None,
            }
        };
        elderly.and_then(|elderly| elderly.copayment).or(self.copayment).or_else(by_age)
    }
}

/// The certificate of an element, or `None` with problems in the report.
pub(super) fn certificate(place: Place, report: &mut Report) -> Option<Certificate> {
    let elderly = place.child(NONE, "ElderlyRecipientCertificateInfo", report).map(|place| elderly(place, report));
    let limit = place.child(NONE, "LimitApplicationCertificateRelatedInfo", report).map(|place| limit(place, report));
    let diseases = diseases(place, report);
    let mut leaves = Leaves::new(place, report);
    let insurer = insurer(&mut leaves);
    let consent = |leaves: &mut Leaves, [flag, at, until]: [&'static str; 3]| Consent {
        given: leaves.text(flag, 2).as_deref() == Some("1"),
        at: leaves.optional(at, moment),
        until: leaves.optional(until, moment),
    };
    let mut certificate = Certificate {
        kind: leaves.optional("InsuredCardClassification", kind),
        insurer,
        insurer_name: leaves.text("InsurerName", ADDRESS_MAX),
        symbol: leaves.text("InsuredCardSymbol", NUMBER_MAX),
        number: leaves.optional("InsuredIdentificationNumber", crate::cells::number),
        branch: leaves.optional("InsuredBranchNumber", crate::cells::branch),
        relationship: leaves.optional("PersonalFamilyClassification", Relationship::parse),
        insured_name: leaves.text("InsuredName", NAME_MAX),
        name: leaves.text("Name", NAME_MAX),
        other_name: leaves.text("NameOfOther", NAME_MAX),
        kana: leaves.optional("NameKana", katakana),
        sex: leaves.optional("Sex1", Sex::parse),
        birth: leaves.date("Birthdate"),
        post_number: leaves.text("PostNumber", NUMBER_MAX),
        address: leaves.text("Address", ADDRESS_MAX),
        valid_from: leaves.date("QualificationDate"),
        lost_on: leaves.end("DisqualificationDate"),
        loss_reason: leaves.optional("ReasonOfLoss", LossReason::parse),
        issued_on: leaves.end("InsuredCertificateIssuanceDate"),
        card_from: leaves.end("InsuredCardValidDate"),
        card_until: leaves.end("InsuredCardExpirationDate"),
        copayment: leaves.optional("InsuredPartialContributionRatio", Copayment::parse),
        preschool: leaves.text("PreschoolClassification", 2).as_deref() == Some("1"),
        elderly,
        limit,
        diseases,
        checkups: consent(&mut leaves, CHECKUPS),
        medicines: consent(&mut leaves, MEDICINES),
        treatments: consent(&mut leaves, TREATMENTS),
        others: Vec::new(),
    };
    // Read above, from elements of their own.
    certificate.others = leaves.others(&GROUPS, OTHERS_MAX, OTHER_CHARACTERS_MAX);
    Some(certificate)
}

const CHECKUPS: [&str; 3] = [
    "SpecificHealthCheckupsInfoConsFlg",
    "SpecificHealthCheckupsInfoConsTime",
    "SpecificHealthCheckupsInfoAvailableTime",
];
const MEDICINES: [&str; 3] = ["PharmacistsInfoConsFlg", "PharmacistsInfoConsTime", "PharmacistsInfoAvailableTime"];
const TREATMENTS: [&str; 3] = ["DiagnosisInfoConsFlg", "DiagnosisInfoConsTime", "DiagnosisInfoAvailableTime"];
const GROUPS: [&str; 3] =
    ["ElderlyRecipientCertificateInfo", "LimitApplicationCertificateRelatedInfo", "SpecificDiseasesCertificateList"];

fn insurer(leaves: &mut Leaves) -> Insurer {
    const NAME: &str = "InsurerNumber";
    let Some(text) = leaves.text(NAME, NUMBER_MAX) else { return Insurer::Missing };
    match InsurerNumber::parse(&folded(&text)) {
        Ok(number) => Insurer::Number(number),
        Err(_) => {
            leaves.unusual(Code::InsurerUnusual, NAME, &text);
            Insurer::Unusual(text)
        }
    }
}

fn kind(code: &str) -> Option<CardKind> {
    Some(match code {
        "01" => CardKind::General,
        "02" => CardKind::Retired,
        "03" => CardKind::ShortTerm,
        "04" => CardKind::ShortTermRetired,
        "05" => CardKind::SpecialMedicalCare,
        "06" => CardKind::SpecialRetired,
        "07" => CardKind::SelfDefence,
        "A1" => CardKind::MedicalAssistance,
        _ => CardKind::Other,
    })
}

fn elderly(place: Place, report: &mut Report) -> ElderlyShare {
    let mut leaves = Leaves::new(place, report);
    ElderlyShare {
        issued_on: leaves.end("ElderlyRecipientCertificateDate"),
        from: leaves.end("ElderlyRecipientValidStartDate"),
        until: leaves.end("ElderlyRecipientValidEndDate"),
        copayment: leaves.optional("ElderlyRecipientContributionRatio", Copayment::parse),
    }
}

fn limit(place: Place, report: &mut Report) -> Limit {
    let mut leaves = Leaves::new(place, report);
    Limit {
        kind: leaves.text("LimitApplicationCertificateClassification", NUMBER_MAX),
        band: leaves.text("LimitApplicationCertificateClassificationFlag", NUMBER_MAX),
        issued_on: leaves.end("LimitApplicationCertificateDate"),
        from: leaves.end("LimitApplicationCertificateValidStartDate"),
        until: leaves.end("LimitApplicationCertificateValidEndDate"),
        long_term_from: leaves.end("LimitApplicationCertificateLongTermDate"),
    }
}

fn diseases(place: Place, report: &mut Report) -> Vec<SpecificDisease> {
    let Some(list) = place.child(NONE, "SpecificDiseasesCertificateList", report) else { return Vec::new() };
    let mut diseases = Vec::new();
    for place in list.children(NONE, "SpecificDiseasesCertificateInfo") {
        if diseases.len() == DISEASES_MAX {
            report.push(place.problem(Code::TooMany));
            break;
        }
        let mut leaves = Leaves::new(place, report);
        diseases.push(SpecificDisease {
            category: leaves.text("SpecificDiseasesDiseaseCategory", NUMBER_MAX),
            issued_on: leaves.end("SpecificDiseasesCertificateDate"),
            from: leaves.end("SpecificDiseasesValidStartDate"),
            until: leaves.end("SpecificDiseasesValidEndDate"),
            self_pay_yen: leaves.optional("SpecificDiseasesSelfPay", |text| folded(text).parse().ok()),
        });
    }
    diseases
}
