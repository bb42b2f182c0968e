//! Persons who are insured.

use health::{Copayment, Coverage, InsurerNumber, Person, Relationship, Sex};

/// A head of household with a branch number, insured since 2024 with nhi of Takamatsu.
pub(crate) fn yoshida() -> Coverage {
    Coverage {
        insurer: InsurerNumber::parse("370015").unwrap(),
        insurer_name: Some("高松市国民健康保険".to_owned()),
        symbol: Some("架空１２".to_owned()),
        number: "0012345".to_owned(),
        branch: Some("01".to_owned()),
        relationship: Relationship::Insured,
        insured_name: Some("𠮷田 一郎".to_owned()),
        copayment: Copayment::parse("3").unwrap(),
        valid_from: "2024-04-01".parse().unwrap(),
        lost_on: None,
        loss_reason: None,
        valid_until: Some("2027-07-31".parse().unwrap()),
        issued_on: None,
        person: Person {
            name: "𠮷田 一郎".to_owned(),
            kana: "ヨシダ イチロウ".to_owned(),
            birth: "1970-05-06".parse().unwrap(),
            sex: Sex::Male,
            address: Some("香川県高松市番町架空1-2".to_owned()),
        },
    }
}

/// An earlier period of the same person.
pub(crate) fn yoshida_before() -> Coverage {
    Coverage {
        valid_from: "2020-04-01".parse().unwrap(),
        lost_on: Some("2022-04-01".parse().unwrap()),
        valid_until: None,
        ..yoshida()
    }
}

/// One of two who share a household's number without branch numbers.
pub(crate) fn takahashi(name: &str, birth: &str) -> Coverage {
    let person = Person { name: name.to_owned(), birth: birth.parse().unwrap(), address: None, ..yoshida().person };
    Coverage { number: "0099999".to_owned(), branch: None, person, ..yoshida() }
}

/// The coverage file of these persons.
pub(crate) fn file(rows: &[Coverage]) -> Vec<u8> {
    health::coverage_csv::write(rows).into_bytes()
}

/// The link file of these persons, in whose rows the pseudonym comes first.
pub(crate) fn link_file(rows: &[(&str, Coverage)]) -> Vec<u8> {
    let mut text = "仮名,記号,番号,枝番,生年月日,氏名\r\n".to_owned();
    for (pseudonym, row) in rows {
        let symbol = row.symbol.as_deref().unwrap_or_default();
        let branch = row.branch.as_deref().unwrap_or_default();
        let person = &row.person;
        text += &format!("{pseudonym},{symbol},{},{branch},{},{}\r\n", row.number, person.birth, person.name);
    }
    text.into_bytes()
}
