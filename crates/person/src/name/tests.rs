use super::*;

fn agree(asked: &str, known: &str) -> Agreement {
    let (asked, known) = (Name::read(asked), Name::read(known));
    let kind = |agreement| std::mem::discriminant(&agreement);
    assert_eq!(kind(agreement(&asked, &known)), kind(agreement(&known, &asked)), "the same from both sides");
    agreement(&asked, &known)
}

#[test]
fn spaces_width_and_selectors_do_not_matter() {
    for (asked, known) in [
        ("大西　花子", "大西花子"),
        ("葛\u{e0100}城 ｷﾖ", "葛城　キヨ"),
        ("ＫＩＭ　Ｃｈｕｌｓｏｏ", "Kim Chulsoo"),
        ("マリア・サントス", "マリア サントス"),
    ] {
        assert_eq!(agree(asked, known), Agreement::Equal, "{asked} {known}");
    }
}

#[test]
fn glyphs_are_told_apart_from_characters() {
    for (asked, known) in [("髙橋　一郎", "高橋一郎"), ("渡邉 愛", "渡邊 愛"), ("山﨑", "山崎"), ("𠮷田", "吉田")]
    {
        assert!(matches!(agree(asked, known), Agreement::Variant(_)), "{asked} {known}");
    }
    assert_eq!(agree("斎藤 愛", "斉藤 愛"), Agreement::Differs);
    assert_eq!(agree("齋藤 愛", "齊藤 愛"), Agreement::Differs);
    assert_eq!(agree("", "大西"), Agreement::Missing);
}

#[test]
fn a_former_surname_and_an_alias_are_other_names() {
    for (asked, known) in [
        ("山田［佐藤］　花子", "佐藤　花子"),
        ("山田 花子〔佐藤〕", "佐藤　花子"),
        ("KIM CHULSOO（金田 哲男）", "金田哲男"),
        ("佐藤花子", "山田[佐藤]花子"),
        ("山田[齋藤]花子", "斎藤花子"),
    ] {
        assert_eq!(agree(asked, known), Agreement::OtherName, "{asked} {known}");
    }
    assert_eq!(agree("山田[佐藤]花子", "山田花子"), Agreement::Equal);
    assert_eq!(agree("山田[佐藤]花子", "佐藤春子"), Agreement::Differs);
    assert_eq!(agree("山田[花子", "山田花子"), Agreement::Differs);
}

#[test]
fn a_surname_ends_at_the_space() {
    let within = |asked: &str, known: &str, places: &[usize]| {
        in_surname(&Name::read(asked), &Name::read(known), places.iter().copied())
    };
    assert!(within("宮﨑 惠", "宮崎惠", &[1]));
    assert!(!within("宮崎 惠", "宮崎恵", &[2]));
    assert!(within("髙橋恵", "高橋恵", &[0]));
    assert!(!within("宮﨑恵", "宮崎恵", &[1]));
    assert!(!within("惠", "恵", &[0]));
    assert!(!within(" 惠", "恵 ", &[0]));
}
