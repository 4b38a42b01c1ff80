//! Money without floats. Owns parsing of decimal text, rounding to a currency's minor unit, and exact JSON numbers.
//! Prices are ten-thousandths of the major unit until they are rounded, once, to integer minor units.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Decimals kept of a price or discount as it is read.
pub const PRICE_DECIMALS: u32 = 4;

/// Largest amount of one line, in minor units: 9 billion dollars, 900 billion dong. Ten million of the largest lines add
/// up in `i64`, and each one is exact even for a reader that turns JSON numbers into doubles.
pub const MAX_MINOR: i64 = 900_000_000_000;
const _: () = assert!(i64::MAX / MAX_MINOR > 10_000_000, "sums of lines are not checked again");

/// Largest price or discount, in ten-thousandths of the major unit: that of a line in a currency without decimals.
const MAX_PRICE: i64 = MAX_MINOR * 10_000;

/// Digits that a [`Decimal`] surely holds.
const MAX_DECIMAL_DIGITS: usize = 28;

/// Why a text or an amount is not acceptable money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a decimal number.
    #[error("must be a decimal number such as 12.50, without currency sign or thousands separators")]
    NotANumber,
    /// More than [`PRICE_DECIMALS`] significant decimals.
    #[error("must have at most 4 decimals")]
    TooManyDecimals,
    /// Below zero.
    #[error("must not be negative")]
    Negative,
    /// Beyond what a line may be worth.
    #[error("is too large: amounts end at {MAX_MINOR} minor units, such as cents")]
    TooLarge,
    /// Beyond what one unit may cost in any currency.
    #[error("is too large: prices end at {MAX_MINOR}")]
    PriceTooLarge,
    /// Not a code of ISO 4217, or one without a minor unit (gold, special drawing rights).
    #[error("must be an ISO 4217 currency code such as USD")]
    UnknownCurrency,
}

/// A currency that amounts can be rounded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    iso: iso_currency::Currency,
    minor_digits: u32,
}

impl Currency {
    /// The currency of an ISO 4217 code, in either case.
    pub fn from_code(code: &str) -> Result<Self, MoneyError> {
        let mut upper = [0_u8; 3];
        if code.len() != upper.len() || !code.is_ascii() {
            return Err(MoneyError::UnknownCurrency);
        }
        upper.copy_from_slice(code.as_bytes());
        upper.make_ascii_uppercase();
        let iso = std::str::from_utf8(&upper)
            .ok()
            .and_then(iso_currency::Currency::from_code)
            .ok_or(MoneyError::UnknownCurrency)?;
        let minor_digits = iso.exponent().map(u32::from).ok_or(MoneyError::UnknownCurrency)?;
        Ok(Self { iso, minor_digits })
    }

    /// The three capital letters.
    pub fn code(self) -> &'static str {
        self.iso.code()
    }

    /// Decimals of the minor unit: 0 for the yen, 2 for the dollar, 3 for the Kuwaiti dinar.
    pub fn minor_digits(self) -> u32 {
        self.minor_digits
    }

    /// Rounds ten-thousandths of the major unit, not negative, half up to the minor unit.
    pub fn round(self, ten_thousandths: i128) -> Result<i64, MoneyError> {
        if ten_thousandths < 0 {
            return Err(MoneyError::Negative);
        }
        let step = 10_i128.pow(PRICE_DECIMALS.saturating_sub(self.minor_digits));
        let minor = (ten_thousandths + step / 2) / step;
        i64::try_from(minor).ok().filter(|minor| *minor <= MAX_MINOR).ok_or(MoneyError::TooLarge)
    }

    /// An amount in minor units as a number of the major unit: 550 cents is 5.5.
    pub fn number(self, minor: i64) -> ExactNumber {
        ExactNumber { units: minor, decimals: self.minor_digits }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        Self::from_code(code)
    }
}

/// Gross and net of a line, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineAmounts {
    /// `unit_price × quantity`, rounded half up.
    pub gross_minor: i64,
    /// `unit_price × quantity − discount`, rounded half up.
    pub net_minor: i64,
}

/// Rounds a line: `unit_price` and `discount` in ten-thousandths, `quantity` in units. A discount beyond the gross
/// amount is [`MoneyError::Negative`].
pub fn line_amounts(
    currency: Currency,
    quantity: i64,
    unit_price: i64,
    discount: i64,
) -> Result<LineAmounts, MoneyError> {
    let gross = i128::from(unit_price) * i128::from(quantity);
    let gross_minor = currency.round(gross)?;
    let net_minor = currency.round(gross - i128::from(discount))?;
    Ok(LineAmounts { gross_minor, net_minor })
}

/// Reads a price or discount, not negative, as ten-thousandths of the major unit. Exponents are understood, because
/// JSON writes numbers with them; zeros after the fourth decimal are dropped.
pub fn parse_price(text: &str) -> Result<i64, MoneyError> {
    match parse_plain(text.as_bytes()) {
        Some(price) if price <= MAX_PRICE => Ok(price),
        Some(_) => Err(MoneyError::PriceTooLarge),
        None => parse_decimal(text),
    }
}

/// The usual spelling, `digits[.digits]` with up to four decimals and no more than 18 digits.
fn parse_plain(text: &[u8]) -> Option<i64> {
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = point.map_or((text, &[][..]), |at| (&text[..at], &text[at + 1..]));
    let missing = (PRICE_DECIMALS as usize).checked_sub(fraction.len())?;
    if whole.is_empty() || whole.len() > 14 {
        return None;
    }
    let mut units = 0_i64;
    for byte in whole.iter().chain(fraction) {
        if !byte.is_ascii_digit() {
            return None;
        }
        units = units * 10 + i64::from(byte - b'0');
    }
    (0..missing).for_each(|_| units *= 10);
    Some(units)
}

fn parse_decimal(text: &str) -> Result<i64, MoneyError> {
    let number_like = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    if !text.bytes().all(number_like) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(MoneyError::NotANumber);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, exponent.parse::<i32>().map_err(|_| MoneyError::NotANumber)?)
        }
        None => (text, 0),
    };
    // Zeros in front and behind say nothing, but would use up the digits that a decimal has.
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0') } else { mantissa };
    let whole_digits =
        mantissa.trim_start_matches(['+', '-', '0']).bytes().take_while(u8::is_ascii_digit).count();
    let decimal = Decimal::from_str_exact(mantissa).map_err(|error| match error {
        _ if whole_digits > MAX_DECIMAL_DIGITS => MoneyError::PriceTooLarge,
        rust_decimal::Error::Underflow => MoneyError::TooManyDecimals,
        _ => MoneyError::NotANumber,
    })?;
    let decimal = decimal.normalize();
    if decimal.is_zero() {
        return Ok(0);
    }
    if decimal.is_sign_negative() {
        return Err(MoneyError::Negative);
    }
    let shift = i64::from(PRICE_DECIMALS) - i64::from(decimal.scale()) + i64::from(exponent);
    scale_up(decimal.mantissa(), shift)
}

/// `mantissa × 10^shift` as a price; a shift below zero would drop digits.
fn scale_up(mantissa: i128, shift: i64) -> Result<i64, MoneyError> {
    let mut price = mantissa;
    let mut left = shift;
    while left < 0 {
        if price % 10 != 0 {
            return Err(MoneyError::TooManyDecimals);
        }
        price /= 10;
        left += 1;
    }
    while left > 0 && price <= i128::from(MAX_PRICE) {
        price *= 10;
        left -= 1;
    }
    i64::try_from(price).ok().filter(|price| *price <= MAX_PRICE).ok_or(MoneyError::PriceTooLarge)
}

/// A decimal number that is written to JSON digit by digit, never through a float: `units` of 10^−`decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExactNumber {
    /// The number times 10^`decimals`.
    pub units: i64,
    /// Decimals that `units` counts in.
    pub decimals: u32,
}

impl fmt::Display for ExactNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(self.decimals);
        let magnitude = self.units.unsigned_abs();
        if self.units < 0 {
            out.write_str("-")?;
        }
        write!(out, "{}", magnitude / scale)?;
        let fraction = magnitude % scale;
        if fraction == 0 {
            return Ok(());
        }
        let digits = format!("{fraction:0width$}", width = self.decimals as usize);
        write!(out, ".{}", digits.trim_end_matches('0'))
    }
}

impl Serialize for ExactNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// `total ÷ count`, rounded half away from zero; 0 when there is nothing to divide by.
pub fn average(total: i64, count: i64) -> i64 {
    if count == 0 {
        return 0;
    }
    saturate(divide_rounded(i128::from(total), i128::from(count)))
}

/// `part` in percent of `whole`, rounded half away from zero to 2 decimals; `None` when `whole` is 0.
pub fn percentage(part: i64, whole: i64) -> Option<ExactNumber> {
    if whole == 0 {
        return None;
    }
    let hundredths = divide_rounded(i128::from(part) * 10_000, i128::from(whole));
    Some(ExactNumber { units: saturate(hundredths), decimals: 2 })
}

/// Splits `total` over `weights` so that the parts add up to it exactly: each part is its proportional share rounded
/// down, and the units left over go to the largest remainders, the earlier first. All inputs are not negative; zero
/// weights all round count as equal ones.
pub fn split(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().copied().map(i128::from).sum();
    if sum == 0 && !weights.is_empty() {
        return split(total, &vec![1; weights.len()]);
    }
    let shares = weights.iter().map(|weight| i128::from(total) * i128::from(*weight));
    let mut parts: Vec<i64> = shares.clone().map(|share| saturate(share / sum)).collect();
    let mut order: Vec<(i128, usize)> = shares.map(|share| share % sum).zip(0..).collect();
    order.sort_by_key(|(remainder, index)| (-remainder, *index));
    let mut left = total - parts.iter().sum::<i64>();
    for (_, index) in order {
        if left == 0 {
            break;
        }
        parts[index] += 1;
        left -= 1;
    }
    parts
}

/// `numerator ÷ denominator` rounded half away from zero; the denominator is not 0.
pub(crate) fn divide_rounded(numerator: i128, denominator: i128) -> i128 {
    let magnitude = denominator.abs();
    let rounded = (numerator.abs() + magnitude / 2) / magnitude;
    // An odd denominator has no exact half, so adding its floored half rounds as it should.
    if (numerator < 0) == (denominator < 0) { rounded } else { -rounded }
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests;
