//! What is held about a person: read in the transaction, opened and written out after it.

use db::Tx;
use health::{Coverage, coverage_xml};
use jiff::Timestamp;
use jiff::civil::Date;
use xml::{Fragment, Ns};

use crate::digest::PseudonymDigest;
use crate::policy::Category;
use crate::store::coverage::{self, Found};
use crate::{App, Error, import};

/// What is held, sealed, as far as it was asked for.
#[derive(Default)]
pub(super) struct Held {
    /// Nothing where the pseudonym stands for nobody.
    coverage: Option<Vec<Found>>,
}

impl Held {
    pub(super) async fn read(tx: &mut Tx, pseudonym: PseudonymDigest, wanted: &[Category]) -> Result<Held, Error> {
        let mut held = Held::default();
        if wanted.iter().any(|category| matches!(category, Category::Coverage | Category::Eligibility)) {
            held.coverage = coverage::of(tx, pseudonym).await?;
        }
        Ok(held)
    }

    /// Whether there is anything to answer with.
    pub(super) fn knows(&self, category: Category) -> bool {
        match category {
            Category::Coverage | Category::Eligibility => self.coverage.is_some(),
        }
    }

    /// Opens what the access log says is disclosed.
    pub(super) fn open(self, app: &App, now: Timestamp) -> Result<Opened, Error> {
        let periods = self.coverage.unwrap_or_default();
        let mut coverage = periods.iter().map(|found| import::open(&app.keys, found)).collect::<Result<Vec<_>, _>>()?;
        coverage.sort_by_key(|period| std::cmp::Reverse(period.valid_from));
        Ok(Opened { ns: app.service.ns(), today: web::clock::japan_date(now), coverage })
    }
}

/// The same, readable.
pub(super) struct Opened {
    ns: Ns,
    today: Date,
    coverage: Vec<Coverage>,
}

impl Opened {
    /// The answer to an item.
    pub(super) fn written(&self, category: Category) -> Vec<Fragment> {
        match category {
            Category::Coverage => self.coverage.iter().map(|period| coverage_xml::write(period, self.ns)).collect(),
            Category::Eligibility => vec![coverage_xml::write_eligibility(&self.coverage, self.ns, self.today)],
        }
    }
}
