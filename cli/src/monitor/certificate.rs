//! The end of a certificate's validity, out of its bytes (DER, RFC 5280). Checks nothing: TLS did.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Tags of what is read.
const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// Until when a certificate is good; none of what is no certificate.
pub fn good_until(certificate: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(certificate).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, mut rest, _) = element(certificate).filter(|(tag, ..)| *tag == SEQUENCE)?;
    // Version (which may be left out), serial number, algorithm and issuer come before.
    for tag in [VERSION, INTEGER, SEQUENCE, SEQUENCE] {
        let (found, _, after) = element(rest)?;
        match found {
            _ if found == tag => rest = after,
            INTEGER if tag == VERSION => {}
            _ => return None,
        }
    }
    let (_, validity, _) = element(rest).filter(|(tag, ..)| *tag == SEQUENCE)?;
    let (_, _, until) = element(validity)?;
    let (tag, until, _) = element(until)?;
    instant(tag, std::str::from_utf8(until).ok()?)
}

/// The first element of `bytes`: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        // So many bytes have the length.
        let (length, rest) =
            rest.split_at_checked(usize::from(first & 0x7f)).filter(|(it, _)| it.len() <= 4)?;
        (length.iter().fold(0, |all, byte| all << 8 | usize::from(*byte)), rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

/// `YYMMDDHHMMSSZ`, of which 50 to 99 are in the last century, or `YYYYMMDDHHMMSSZ`.
fn instant(tag: u8, text: &str) -> Option<Timestamp> {
    let text = match tag {
        UTC_TIME if text.get(..1)? >= "5" => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let civil = DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by OpenSSL, which says `notAfter=Mar  4 19:50:20 2031 GMT` of it.
    const CERTIFICATE: &str = "\
        3082016c30820113a00302010202141f9cb265fe53b4e0dfab2d1d4006de6f779eb6d0300a06082a8648ce3d040302300c31\
        0a300806035504030c0178301e170d3236313132353139353032305a170d3331303330343139353032305a300c310a300806\
        035504030c01783059301306072a8648ce3d020106082a8648ce3d03010703420004e1d7169db605585f618a6f5e0ae3349a\
        b8862211aae162791f5aa22568583ad2f4e4974329989e6d8203fc888ec4f2c02495b8680bb12d7bf05cabcabbd1a123a353\
        3051301d0603551d0e04160414b5da448f63d28459e5760a92dfdf66ab86bf946e301f0603551d23041830168014b5da448f\
        63d28459e5760a92dfdf66ab86bf946e300f0603551d130101ff040530030101ff300a06082a8648ce3d0403020347003044\
        02203447063eee60774b72768ac67b41d66ef0105a720cbf4033d0b62edfc6519dd40220700dfb76c135114fd8bb0e82f6b3\
        ab50a1d1260b229cb6eb61fe2cf3a09e859d";

    #[test]
    fn the_end_of_a_certificate_is_read() {
        let bytes: Vec<u8> = (0..CERTIFICATE.len() / 2)
            .map(|place| u8::from_str_radix(&CERTIFICATE[place * 2..place * 2 + 2], 16).expect("digits"))
            .collect();
        let expected: Timestamp = "2031-03-04T19:50:20Z".parse().expect("an instant");
        assert_eq!(good_until(&bytes), Some(expected));
        // Nothing that is cut off is read, and nothing of it ends the program.
        assert!((0..bytes.len()).all(|length| good_until(&bytes[..length]).is_none()));
    }

    #[test]
    fn years_are_of_the_century_that_their_form_says() {
        let read = |tag, text| instant(tag, text).map(|instant| instant.to_string());
        assert_eq!(read(UTC_TIME, "991231235959Z").as_deref(), Some("1999-12-31T23:59:59Z"));
        assert_eq!(read(UTC_TIME, "491231235959Z").as_deref(), Some("2049-12-31T23:59:59Z"));
        assert_eq!(read(GENERALIZED_TIME, "20500101000000Z").as_deref(), Some("2050-01-01T00:00:00Z"));
        assert_eq!(read(GENERALIZED_TIME, "soon"), None);
    }
}
