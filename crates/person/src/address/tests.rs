use proptest::prelude::*;

use super::*;

fn agree(asked: &str, known: &str) -> Agreement {
    let (asked, known) = (Address::read(asked), Address::read(known));
    assert_eq!(agreement(&asked, &known) == Agreement::Equal, agreement(&known, &asked) == Agreement::Equal);
    agreement(&asked, &known)
}

#[test]
fn ways_of_writing_an_address_are_one() {
    for (one, other) in [
        ("香川県高松市番町一丁目8番15号", "高松市番町１－８－１５"),
        ("高松市番町一丁目8番15号", "高松市番町1丁目8の15"),
        ("高松市上天神町３３６番地", "高松市上天神町336"),
        ("高松市上天神町336番地1", "高松市上天神町３３６−１"),
        ("高松市上天神町336番地の1", "高松市上天神町336ー1"),
        ("香川県仲多度郡琴平町350番地10", "琴平町350-10"),
        ("小豆郡土庄町渕崎甲2137番地5", "香川県小豆郡土庄町大字渕崎甲2137-5"),
        ("高松市新田町乙８番地", "高松市新田町乙8"),
        ("高松市東ハゼ町824番地", "高松市東ﾊｾﾞ町８２４"),
        ("丸亀市城西町ニ丁目1番1号", "丸亀市城西町二丁目1-1"),
        ("丸亀市城西町二丁目1番1号", "丸亀市城西町2-1-1"),
        ("丸亀市一番丁10番地", "丸亀市１番丁10"),
        ("高松市塩江町安原下第二号1600番地", "高松市塩江町安原下第2号1600"),
        ("高松市三条町十番地", "高松市三条町10"),
        ("高松市六条町二百三十番地5", "高松市六条町230-5"),
        ("直島町牛ヶ首島1番地", "直島町牛が首島1"),
        ("高松市 番町 1-8-15", "高松市番町1-8-15"),
        ("高松市鶴屋町1番地 サンハイツ101", "高松市鶴屋町1"),
        ("東京都西多摩郡瑞穂町箱根ケ崎2335", "東京都瑞穂町箱根ヶ崎2335番地"),
        ("愛媛県松山市二番町四丁目7番地2", "愛媛県松山市二番町4-7-2"),
        ("飯野町東二", "飯野町東二"),
        ("丸亀市飯野町東二十番地", "丸亀市飯野町東二10"),
    ] {
        assert_eq!(agree(one, other), Agreement::Equal, "{one} {other}");
    }
}

#[test]
fn other_addresses_stay_other() {
    for (one, other) in [
        ("高松市番町1-8-15", "高松市番町1-8-16"),
        ("高松市番町1-8-15", "高松市番町1-8"),
        ("高松市番町1-8-15", "丸亀市番町1-8-15"),
        ("高松市番町1-8-15", "番町1-8-15"),
        ("高松市新田町甲8番地", "高松市新田町乙8番地"),
        ("土庄町渕崎甲2137番地5", "土庄町渕崎2137番地5"),
        ("松山市二番町4-7", "松山市三番町4-7"),
        ("松山市二番町4-7", "松山市二番町4-8"),
        ("高松市番町1-8-15 3", "高松市番町1-8-153"),
        ("高松市番町1-99999999999", "高松市番町1-99999999998"),
        ("郡山市朝日1-23-7", "山市朝日1-23-7"),
        ("大阪府三木町1", "香川県木田郡三木町1"),
        ("飯野町東二", "飯野町東一"),
    ] {
        assert_eq!(agree(one, other), Agreement::Differs, "{one} {other}");
    }
}

#[test]
fn glyphs_in_a_towns_name_are_told_with_their_place() {
    let (one, other) = (Address::read("土庄町渕﨑甲1-2"), Address::read("香川県小豆郡土庄町渕崎甲1番地2"));
    let Agreement::Variant(glyphs) = agreement(&one, &other) else { panic!() };
    let [glyph] = glyphs[..] else { panic!() };
    assert_eq!(one.form().chars().nth(glyph.place), Some('﨑'));
    assert_eq!(other.form().chars().nth(glyph.place), Some('崎'));
    assert!(matches!(agree("高松市旅籠町1", "高松市旅篭町1"), Agreement::Variant(_)));
    assert!(matches!(agree("土庄町淵崎1", "土庄町渕崎1"), Agreement::Variant(_)));
}

#[test]
fn the_building_is_compared_apart() {
    let read = Address::read;
    let ours = "高松市番町1-8-15 サンハイツ201号";
    assert_eq!(building(&read(ours), &read("高松市番町一丁目8番15号ｻﾝﾊｲﾂ201号")), Agreement::Equal);
    assert_eq!(building(&read(ours), &read("高松市番町1-8-15 サンハイツ202号")), Agreement::Differs);
    assert_eq!(building(&read(ours), &read("高松市番町1-8-15")), Agreement::Missing);
    assert_eq!(read("高松市番町1-8-15 201").form(), "高松市番町1-8-15");
    assert_eq!(agree("", "高松市番町1"), Agreement::Missing);
}

proptest! {
    #[test]
    fn any_line_is_an_address(text in ".{0,60}") {
        let address = Address::read(&text);
        prop_assert!(matches!(agreement(&address, &address), Agreement::Equal | Agreement::Missing));
    }

    #[test]
    fn nearly_addresses_are_read(text in "(香川県)?(高松市|仲多度郡琴平町|X郡Y町)?[番町字大小郡ノの甲乙丁目一二十百千ー -]{0,8}[0-9０-９一二十百千万番地号-]{0,12} ?.{0,5}") {
        let address = Address::read(&text);
        prop_assert!(matches!(agreement(&address, &address), Agreement::Equal | Agreement::Missing));
        prop_assert!(address.form().chars().count() <= text.chars().count() * 12);
    }
}
