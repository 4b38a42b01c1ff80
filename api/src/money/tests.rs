use proptest::prelude::*;
use rust_decimal::RoundingStrategy;

use super::*;

fn currency(code: &str) -> Currency {
    Currency::from_code(code).expect("a currency")
}

#[test]
fn prices_are_read_exactly() {
    for (text, price) in [
        ("0", 0),
        ("-0", 0),
        ("-0.00", 0),
        ("12.5", 125_000),
        ("12.50", 125_000),
        ("0.0001", 1),
        (".5", 5_000),
        ("5.", 50_000),
        ("+7", 70_000),
        ("1.50000000", 15_000),
        ("1e3", 10_000_000),
        ("1.5E-3", 15),
        ("25e-1", 25_000),
        ("0e99", 0),
        ("0.1", 1_000),
        ("450359962737.4961", 4_503_599_627_374_961),
        ("007", 70_000),
        ("900000000000", 9_000_000_000_000_000),
        ("100000000000.0000000000000000", 1_000_000_000_000_000),
    ] {
        assert_eq!(parse_price(text), Ok(price), "{text}");
    }
}

#[test]
fn each_bad_price_gets_its_own_reason() {
    for (text, error) in [
        ("", MoneyError::NotANumber),
        (".", MoneyError::NotANumber),
        ("-", MoneyError::NotANumber),
        ("1,000.50", MoneyError::NotANumber),
        ("1_000", MoneyError::NotANumber),
        ("$5", MoneyError::NotANumber),
        ("NaN", MoneyError::NotANumber),
        ("inf", MoneyError::NotANumber),
        ("1.2.3", MoneyError::NotANumber),
        ("0x10", MoneyError::NotANumber),
        ("1e", MoneyError::NotANumber),
        ("e5", MoneyError::NotANumber),
        ("--1", MoneyError::NotANumber),
        ("１２", MoneyError::NotANumber),
        ("1e1e1", MoneyError::NotANumber),
        ("1.00001", MoneyError::TooManyDecimals),
        ("1e-5", MoneyError::TooManyDecimals),
        ("1e-2000000000", MoneyError::TooManyDecimals),
        ("0.00000000000000000000000000000001", MoneyError::TooManyDecimals),
        ("-1", MoneyError::Negative),
        ("-0.0001", MoneyError::Negative),
        ("900000000000.0001", MoneyError::PriceTooLarge),
        ("1e15", MoneyError::PriceTooLarge),
        ("1e2000000000", MoneyError::PriceTooLarge),
        ("999999999999999999", MoneyError::PriceTooLarge),
        ("999999999999999999999999999999999999999", MoneyError::PriceTooLarge),
        ("1e99999999999", MoneyError::NotANumber),
    ] {
        assert_eq!(parse_price(text), Err(error), "{text}");
    }
}

#[test]
fn amounts_round_half_up_to_the_minor_unit_of_the_currency() {
    for (code, ten_thousandths, minor) in [
        ("USD", 49, 0),
        ("USD", 50, 1),
        ("USD", 149, 1),
        ("USD", 150, 2),
        ("USD", 250, 3),
        ("JPY", 4_999, 0),
        ("JPY", 5_000, 1),
        ("JPY", 15_000, 2),
        ("KWD", 4, 0),
        ("KWD", 5, 1),
        ("KWD", 15, 2),
        ("CLF", 7, 7),
    ] {
        assert_eq!(currency(code).round(ten_thousandths), Ok(minor), "{ten_thousandths} of {code}");
    }
    assert_eq!(currency("USD").round(-1), Err(MoneyError::Negative));
    for (code, ten_thousandths) in [("USD", 100), ("VND", 10_000), ("KWD", 10), ("CLF", 1)] {
        let largest = i128::from(MAX_MINOR) * ten_thousandths;
        let currency = currency(code);
        assert_eq!(currency.round(largest), Ok(900_000_000_000), "{code}");
        assert_eq!(currency.round(largest + ten_thousandths), Err(MoneyError::TooLarge), "{code}");
    }
    assert_eq!(parse_price("900000000000"), Ok(MAX_MINOR * 10_000), "a price of the largest line in dong");
}

#[test]
fn currencies_are_those_of_iso_4217_with_a_minor_unit() {
    assert_eq!(currency("usd").code(), "USD");
    assert_eq!(["USD", "JPY", "KWD", "CLF"].map(|code| currency(code).minor_digits()), [2, 0, 3, 4]);
    for code in ["", "US", "USDX", "XAU", "XXX", "ZZZ", "$$$", "é1"] {
        assert_eq!(Currency::from_code(code), Err(MoneyError::UnknownCurrency), "{code}");
    }
}

#[test]
fn a_discount_never_exceeds_the_gross_amount() {
    let usd = currency("USD");
    let amounts = LineAmounts { gross_minor: 1_998, net_minor: 1_748 };
    assert_eq!(line_amounts(usd, 2, 99_900, 25_000), Ok(amounts));
    assert_eq!(line_amounts(usd, 1, 10_000, 10_000).map(|amounts| amounts.net_minor), Ok(0));
    assert_eq!(line_amounts(usd, 1, 10_000, 10_001), Err(MoneyError::Negative));
    assert_eq!(line_amounts(usd, 1_000_000_000, i64::MAX, 0), Err(MoneyError::TooLarge));
}

#[test]
fn numbers_are_written_digit_by_digit() {
    for (code, minor, text) in [
        ("USD", 229_720_107, "2297201.07"),
        ("USD", 550, "5.5"),
        ("USD", 0, "0"),
        ("USD", -325, "-3.25"),
        ("USD", -5, "-0.05"),
        ("USD", 100, "1"),
        ("JPY", -7, "-7"),
        ("KWD", 1_010, "1.01"),
        ("USD", i64::MAX, "92233720368547758.07"),
        ("USD", i64::MIN, "-92233720368547758.08"),
    ] {
        let number = currency(code).number(minor);
        assert_eq!(serde_json::to_string(&number).expect("a number"), text);
    }
}

#[test]
fn averages_round_half_away_from_zero() {
    assert_eq!(
        [average(5, 2), average(-5, 2), average(4, 3), average(5, 3), average(7, 0)],
        [3, -3, 1, 2, 0]
    );
    // 2,297,201.07 over 5,009 orders is 458.6147…
    assert_eq!(average(229_720_107, 5_009), 45_861);
}

#[test]
fn percentages_have_two_decimals() {
    let percent = |part, whole| percentage(part, whole).map(|number| number.to_string());
    assert_eq!(percent(1, 3).as_deref(), Some("33.33"));
    assert_eq!(percent(2, 3).as_deref(), Some("66.67"));
    assert_eq!(percent(-1, 8).as_deref(), Some("-12.5"));
    assert_eq!(percent(1, -20_000).as_deref(), Some("-0.01"));
    assert_eq!(percent(i64::MAX, i64::MAX).as_deref(), Some("100"));
    assert_eq!(percent(1, 0), None);
}

#[test]
fn a_split_gives_the_odd_cents_to_the_largest_remainders() {
    assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(split(10, &[999, 1_000]), [5, 5]);
    assert_eq!(split(5, &[0, 0]), [3, 2]);
    assert_eq!(split(7, &[0, 3]), [0, 7]);
    assert_eq!(split(7, &[]), [0_i64; 0]);
}

proptest! {
    #[test]
    fn rounding_agrees_with_a_decimal_library(
        quantity in 1_i64..900, price in 0_i64..1_000_000_000, discount in 0_i64..1_000_000_000,
        code in prop_oneof![Just("JPY"), Just("USD"), Just("KWD"), Just("CLF")],
    ) {
        let currency = currency(code);
        let gross = Decimal::from_i128_with_scale(i128::from(price), 4) * Decimal::from(quantity);
        let net = gross - Decimal::from_i128_with_scale(i128::from(discount), 4);
        let minor = |amount: Decimal| {
            let rounded = amount.round_dp_with_strategy(currency.minor_digits(), RoundingStrategy::MidpointAwayFromZero);
            i64::try_from(rounded * Decimal::from(10_i64.pow(currency.minor_digits()))).expect("a whole number")
        };
        let expected = if net.is_sign_negative() && !net.is_zero() {
            Err(MoneyError::Negative)
        } else {
            Ok(LineAmounts { gross_minor: minor(gross), net_minor: minor(net) })
        };
        prop_assert_eq!(line_amounts(currency, quantity, price, discount), expected);
    }

    #[test]
    fn the_fast_and_the_decimal_reading_agree(text in "[0-9]{1,16}(\\.[0-9]{0,6})?") {
        prop_assert_eq!(parse_price(&text), parse_decimal(&text));
    }

    #[test]
    fn prices_written_come_back(price in 0..=MAX_PRICE) {
        let text = ExactNumber { units: price, decimals: PRICE_DECIMALS }.to_string();
        prop_assert_eq!(parse_price(&text), Ok(price));
    }

    #[test]
    fn price_texts_never_panic(text in "[-+0-9.eE_ ]{0,40}|\\PC{0,10}") {
        let _ = parse_price(&text);
    }

    #[test]
    fn averages_agree_with_a_decimal_library(total in -1_000_000_000_000_i64..1_000_000_000_000, count in 1_i64..1_000_000) {
        let exact = Decimal::from(total) / Decimal::from(count);
        let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        prop_assert_eq!(Decimal::from(average(total, count)), rounded);
    }

    #[test]
    fn a_split_adds_up_and_stays_within_a_unit_of_the_exact_share(
        total in 0_i64..1_000_000_000, weights in prop::collection::vec(0_i64..1_000_000_000, 1..12),
    ) {
        let parts = split(total, &weights);
        prop_assert_eq!(parts.iter().sum::<i64>(), total);
        let sum: i128 = weights.iter().copied().map(i128::from).sum();
        for (part, weight) in parts.iter().zip(&weights).filter(|_| sum > 0) {
            let error = (i128::from(*part) * sum - i128::from(total) * i128::from(*weight)).abs();
            prop_assert!(error < sum);
        }
    }
}
