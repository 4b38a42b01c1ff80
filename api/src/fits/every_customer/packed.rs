//! Customers as bytes, numbers in little-endian order: first the models that they are valued by, then each customer, all
//! of one length and in the order of their numbers. A change of this is another version of what is stored.

use anyhow::{Context, Result, bail};

use crate::{
    fits::customers::Facts,
    models::clv::{History, spend::Spend},
    reports::rfm::Segment,
};

/// Number, segment, orders, day of the last sale, net, frequency, recency, age, mean.
const CUSTOMER_BYTES: usize = 4 + 1 + 8 + 4 + 8 + 4 + 8 + 8 + 8;
const MODELS_BYTES: usize = 8 * 8;

/// The parameters that customers are valued by, to the last bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::fits) struct Models {
    /// r, α, a, b of BG/NBD, in days.
    pub(in crate::fits) purchases: [f64; 4],
    /// p, q, v of Gamma-Gamma, in the major unit.
    pub(in crate::fits) spend: [f64; 3],
    /// Share of sales that does not come back.
    pub(in crate::fits) kept: f64,
}

/// The models in `data`, and the customer with that number if there is one.
pub(super) fn find(data: &[u8], number: u32) -> Result<Option<(Models, Facts)>> {
    let (models, customers) = data.split_first_chunk().context("stored customers have no models")?;
    if !customers.len().is_multiple_of(CUSTOMER_BYTES) {
        bail!("stored customers are cut short");
    }
    let mut customers = customers.chunks_exact(CUSTOMER_BYTES);
    let own = customers.find(|customer| customer.starts_with(&number.to_le_bytes()));
    own.map(|customer| Ok((Models::from_bytes(models), Facts::from_bytes(customer)?))).transpose()
}

impl Models {
    pub(super) fn bytes(self) -> [u8; MODELS_BYTES] {
        let values = self.purchases.into_iter().chain(self.spend).chain([self.kept]);
        let mut bytes = [0; MODELS_BYTES];
        for (place, value) in bytes.chunks_exact_mut(8).zip(values) {
            place.copy_from_slice(&value.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; MODELS_BYTES]) -> Self {
        let mut models = Self { purchases: [0.0; 4], spend: [0.0; 3], kept: 0.0 };
        let kept = std::iter::once(&mut models.kept);
        let values = models.purchases.iter_mut().chain(&mut models.spend).chain(kept);
        for (value, place) in values.zip(bytes.as_chunks().0) {
            *value = f64::from_le_bytes(*place);
        }
        models
    }
}

impl Facts {
    pub(super) fn bytes(self) -> [u8; CUSTOMER_BYTES] {
        let segment = Segment::ALL.iter().position(|segment| *segment == self.segment);
        let parts: [&[u8]; 9] = [
            &self.number.to_le_bytes(),
            &[segment.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)],
            &self.orders.to_le_bytes(),
            &self.last_day.to_le_bytes(),
            &self.net.to_le_bytes(),
            &self.history.frequency.to_le_bytes(),
            &self.history.recency.to_le_bytes(),
            &self.history.age.to_le_bytes(),
            &self.spend.mean.to_le_bytes(),
        ];
        let mut bytes = [0; CUSTOMER_BYTES];
        let mut rest = &mut bytes[..];
        for part in parts {
            let (own, after) = rest.split_at_mut(part.len());
            own.copy_from_slice(part);
            rest = after;
        }
        bytes
    }

    fn from_bytes(mut bytes: &[u8]) -> Result<Self> {
        let rest = &mut bytes;
        let number = u32::from_le_bytes(take(rest)?);
        let [segment] = take(rest)?;
        let Some(segment) = Segment::ALL.get(usize::from(segment)).copied() else {
            bail!("a stored customer is of an unknown segment");
        };
        let orders = i64::from_le_bytes(take(rest)?);
        let last_day = i32::from_le_bytes(take(rest)?);
        let net = i64::from_le_bytes(take(rest)?);
        let frequency = u32::from_le_bytes(take(rest)?);
        let [recency, age, mean] = [take(rest)?, take(rest)?, take(rest)?].map(f64::from_le_bytes);
        let history = History { frequency, recency, age };
        let spend = Spend { purchases: frequency, mean };
        Ok(Self { number, segment, orders, last_day, net, history, spend })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N]> {
    let (own, rest) = bytes.split_first_chunk().context("a stored customer is cut short")?;
    *bytes = rest;
    Ok(*own)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MODELS: Models =
        Models { purchases: [0.1, 1.0 / 3.0, 1e-13, 2.4], spend: [6.25, 3.74, 15.44], kept: 0.97 };

    prop_compose! {
        fn facts()(
            number: u32,
            segment in prop::sample::select(Segment::ALL.to_vec()),
            orders: i64,
            last_day: i32,
            net: i64,
            frequency: u32,
            [recency, age, mean] in [0.0_f64..1e5, 0.0..1e5, -1e12..1e12],
        ) -> Facts {
            let history = History { frequency, recency, age };
            Facts { number, segment, orders, last_day, net, history, spend: Spend { purchases: frequency, mean } }
        }
    }

    proptest! {
        #[test]
        fn customers_come_back_as_they_were_packed(mut all in prop::collection::vec(facts(), 1..20)) {
            all.sort_by_key(|one| one.number);
            all.dedup_by_key(|one| one.number);
            let customers = all.iter().flat_map(|one| one.bytes());
            let data: Vec<u8> = MODELS.bytes().into_iter().chain(customers).collect();
            for one in &all {
                prop_assert_eq!(find(&data, one.number).unwrap(), Some((MODELS, *one)));
            }
            let nobody = (0..20).find(|number| all.iter().all(|one| one.number != *number)).unwrap();
            prop_assert_eq!(find(&data, nobody).unwrap(), None);
            prop_assert!(find(&data[..data.len() - 1], all[0].number).is_err());
        }
    }

    #[test]
    fn bytes_that_no_fit_wrote_are_refused() {
        assert!(find(&[0; MODELS_BYTES - 1], 0).is_err(), "no models");
        let mut data = vec![0; MODELS_BYTES + CUSTOMER_BYTES];
        data[MODELS_BYTES + 4] = 10;
        assert!(find(&data, 0).is_err(), "no segment has this number");
    }
}
