//! The check digit of the insurance world: weights 2,1,2,1… from the right, digit sums, modulus 10.

/// Why a number is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberRefused {
    /// Other than the allowed count of ASCII digits.
    #[error("number is not made of the expected count of digits")]
    Shape,
    /// The last digit does not follow from the others: a typing error.
    #[error("check digit does not match")]
    CheckDigit,
    /// The prefecture part is not 01 to 47.
    #[error("prefecture part is not 01 to 47")]
    Prefecture,
    /// The first two digits (法別番号) name no kind of insurer; public expense payers, for example, are not insurers.
    #[error("first two digits name no kind of insurer")]
    Scheme,
}

/// The check digit of `body`, the digits before it.
///
/// From the right, digits are multiplied by 2,1,2,1…; a product of two digits counts as their sum;
/// the check digit completes the total to a multiple of ten (保険者番号等の設定要領, 昭和51年保発第45号).
pub(crate) fn mod10_21(body: &[u8]) -> u8 {
    let sum: u32 = body
        .iter()
        .rev()
        .zip([2_u32, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// The values of ASCII digits; `None` as soon as something else is among them.
pub(crate) fn digits(text: &str) -> Option<Vec<u8>> {
    text.bytes().map(|byte| byte.is_ascii_digit().then(|| byte - b'0')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_examples_of_the_rule_hold() {
        for (body, check) in [("3312001", 5), ("37001", 5), ("0137001", 4), ("3937201", 6), ("5401602", 7)] {
            assert_eq!(mod10_21(&digits(body).unwrap()), check, "{body}");
        }
    }

    #[test]
    fn leading_zeros_do_not_change_the_check_digit() {
        assert_eq!(mod10_21(&[3, 7, 0, 0, 1]), mod10_21(&[0, 0, 3, 7, 0, 0, 1]));
    }
}
