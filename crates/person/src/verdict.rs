//! The rule: from how the items agree to one of three words.

use crate::compare::Agreement;

/// What a comparison says. Nobody is refused by it: 不一致 only says that this is another person's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// 不一致: another person.
    NoMatch,
    /// 要確認: for a clerk to look at.
    Check,
    /// 一致: nothing differs that could tell two people apart.
    Match,
}

/// How the items agree.
pub(crate) struct Evidence<'a> {
    pub(crate) number: &'a Agreement,
    pub(crate) branch: &'a Agreement,
    pub(crate) name: &'a Agreement,
    /// Whether glyphs differ only in what a whole household may share.
    pub(crate) glyphs_in_surname: bool,
    pub(crate) kana: &'a Agreement,
    pub(crate) birth: &'a Agreement,
    pub(crate) sex: &'a Agreement,
    pub(crate) address: &'a Agreement,
}

impl Evidence<'_> {
    pub(crate) fn verdict(&self) -> Verdict {
        if self.exact() {
            Verdict::Match
        } else if self.near() {
            Verdict::Check
        } else {
            Verdict::NoMatch
        }
    }

    /// Number, birth date, name and address agree, nothing contradicts, and of what tells apart two people of one
    /// household and one birthday (branch, reading, sex, glyphs) at most one thing is wanting.
    fn exact(&self) -> bool {
        let agrees = *self.number == Agreement::Equal
            && *self.birth == Agreement::Equal
            && matches!(self.name, Agreement::Equal | Agreement::Variant(_))
            && matches!(self.address, Agreement::Equal | Agreement::Variant(_));
        let contradicted = [self.branch, self.kana, self.sex].contains(&&Agreement::Differs);
        let missing = [self.branch, self.kana, self.sex].into_iter().filter(|item| **item == Agreement::Missing);
        let wanting = missing.count() + usize::from(*self.name != Agreement::Equal);
        agrees && !contradicted && self.glyphs_in_surname && wanting <= 1
    }

    /// Two of three agree: the number, the birth date, the name in some form. Twins of one household agree in the
    /// birth date alone if their branches differ, and then their names decide.
    fn near(&self) -> bool {
        let number = *self.number == Agreement::Equal && *self.branch != Agreement::Differs;
        let birth = *self.birth == Agreement::Equal;
        let named = !matches!(self.name, Agreement::Differs | Agreement::Missing);
        let read = *self.kana == Agreement::Equal;
        [number, birth, named || read].into_iter().filter(|agrees| *agrees).count() >= 2
    }
}
