//! The attributes that services can be given. Insurers hold them; here they have names, and pass through.

/// An attribute of a resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// 氏名.
    Name,
    /// フリガナ.
    NameKana,
    /// 生年月日, as `2001-02-03`.
    BirthDate,
    /// 性別: `M` or `F` (RFC 3739 §3.2.2); not given where it is not registered.
    Sex,
    /// 住所, in one line.
    Address,
    /// 保険者番号.
    InsurerNumber,
    /// 保険者名.
    InsurerName,
    /// 記号・番号.
    SymbolNumber,
    /// 枝番.
    Branch,
    /// 負担割合, in percent.
    CopaymentRatio,
    /// 有効期限, as `2027-07-31`; not given where the coverage has no end.
    ValidUntil,
}

impl Attribute {
    /// Every attribute, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Name,
        Self::NameKana,
        Self::BirthDate,
        Self::Sex,
        Self::Address,
        Self::InsurerNumber,
        Self::InsurerName,
        Self::SymbolNumber,
        Self::Branch,
        Self::CopaymentRatio,
        Self::ValidUntil,
    ];

    /// The short name: in policies, in the database, and as `FriendlyName`.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameKana => "nameKana",
            Self::BirthDate => "birthDate",
            Self::Sex => "sex",
            Self::Address => "address",
            Self::InsurerNumber => "insurerNumber",
            Self::InsurerName => "insurerName",
            Self::SymbolNumber => "symbolNumber",
            Self::Branch => "branch",
            Self::CopaymentRatio => "copaymentRatio",
            Self::ValidUntil => "validUntil",
        }
    }

    /// The name in assertions (SAML 2.0 Profiles §8.2): of X.500 and its relatives where they have one, else our own.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            // displayName: RFC 2798 §2.3.
            Self::Name => "urn:oid:2.16.840.1.113730.3.1.241",
            Self::NameKana => "urn:x-kagawa:attribute:name-kana",
            // dateOfBirth and gender: RFC 3739 §3.2.2.
            Self::BirthDate => "urn:oid:1.3.6.1.5.5.7.9.1",
            Self::Sex => "urn:oid:1.3.6.1.5.5.7.9.3",
            // postalAddress: RFC 4519 §2.23.
            Self::Address => "urn:oid:2.5.4.16",
            Self::InsurerNumber => "urn:x-kagawa:attribute:insurer-number",
            Self::InsurerName => "urn:x-kagawa:attribute:insurer-name",
            Self::SymbolNumber => "urn:x-kagawa:attribute:symbol-number",
            Self::Branch => "urn:x-kagawa:attribute:branch",
            Self::CopaymentRatio => "urn:x-kagawa:attribute:copayment-ratio",
            Self::ValidUntil => "urn:x-kagawa:attribute:valid-until",
        }
    }

    /// The attribute of a short name.
    #[must_use]
    pub fn from_short(short: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.short() == short)
    }

    /// The attribute of a name in assertions.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.uri() == uri)
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attributes(u16);

impl Attributes {
    /// Those of these short names; others are passed over.
    pub fn named(names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        names.into_iter().filter_map(|name| Attribute::from_short(name.as_ref())).collect()
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(self, attribute: Attribute) -> bool {
        self.0 & attribute.bit() != 0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are in either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// One after the other, in their order.
    pub fn iter(self) -> impl Iterator<Item = Attribute> {
        Attribute::ALL.into_iter().filter(move |attribute| self.has(*attribute))
    }

    /// Their short names.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        self.iter().map(|attribute| attribute.short().to_owned()).collect()
    }
}

impl FromIterator<Attribute> for Attributes {
    fn from_iter<T: IntoIterator<Item = Attribute>>(attributes: T) -> Self {
        Self(attributes.into_iter().fold(0, |set, attribute| set | attribute.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_is_read_back_by_both_names() {
        for attribute in Attribute::ALL {
            assert_eq!(Attribute::from_short(attribute.short()), Some(attribute));
            assert_eq!(Attribute::from_uri(attribute.uri()), Some(attribute));
        }
        let all: Attributes = Attribute::ALL.into_iter().collect();
        assert_eq!(Attributes::named(all.names()), all);
        assert_eq!(Attributes::named(["sex", "shoe-size", "name"]).names(), ["name", "sex"]);
        assert!(Attributes::named(["shoe-size"]).is_empty());
    }
}
