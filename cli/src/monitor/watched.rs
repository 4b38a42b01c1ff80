//! An environment in AWS under watch: the names in it, found again when a deploy changed them, and the credentials,
//! taken anew when AWS takes them no longer. Judges nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::cloud;
use super::detail::Detail;
use super::last_hour::LastHour;
use super::report::{Check, Report};
use super::vitals::Vitals;
use crate::config::PlatformConfig;
use crate::deployed::{self, Deployed, Newer};
use crate::failure::{Failure, Kind};

/// Finding everything anew takes at most so long; the look says then what is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The checks.
    Checks,
    /// The last hour's figures as well.
    Figures,
}

/// An environment under watch.
#[derive(Debug)]
pub struct Watched {
    /// What it is configured to be.
    pub config: PlatformConfig,
    found: RwLock<Arc<Found>>,
    /// Whether there was a look before.
    looked: AtomicBool,
    /// Whether AWS refused the credentials at it.
    refused: AtomicBool,
}

/// What was found of it, and the figures about just that.
#[derive(Debug)]
struct Found {
    deployed: Deployed,
    vitals: Vitals,
    last_hour: LastHour,
}

impl Watched {
    /// Finds it.
    pub async fn find(config: PlatformConfig) -> Result<Self, Failure> {
        let found = RwLock::new(Found::of(deployed::find(&config).await?));
        Ok(Self { config, found, looked: AtomicBool::new(false), refused: AtomicBool::new(false) })
    }

    /// Looks once. After a deploy that changed names, again at those.
    pub async fn look(&self, depth: Depth) -> Report {
        self.renew_credentials().await;
        let found = self.found();
        let (report, newer) = tokio::join!(self.look_at(&found, depth), self.newer(&found.deployed));
        let report = match newer {
            Some(Newer::Names(deployed)) => {
                let found = Found::of(*deployed);
                self.keep(Arc::clone(&found));
                self.look_at(&found, depth).await
            }
            Some(Newer::Gone(why)) => {
                let mut checks = report.checks;
                checks.insert(0, Check::unseen("deployment", &why));
                let drawn = Report::draw_all(report.environment, checks);
                Report { inventory: report.inventory, detail: report.detail, ..drawn }
            }
            Some(Newer::Same) | None => report,
        };
        self.refused.store(report.is_unseen_for(Kind::Credentials), Ordering::Relaxed);
        report
    }

    /// The last hour's figures.
    pub async fn figures(&self) -> Result<Detail, Failure> {
        let found = self.found();
        found.last_hour.look(&self.config, &found.deployed).await
    }

    /// Does something with what is deployed.
    pub async fn with<T>(&self, task: impl AsyncFnOnce(&Deployed) -> T) -> T {
        task(&self.found().deployed).await
    }

    async fn look_at(&self, found: &Found, depth: Depth) -> Report {
        let Found { deployed, vitals, last_hour } = found;
        match depth {
            Depth::Checks => Box::pin(cloud::look(&self.config, deployed, vitals)).await,
            Depth::Figures => Box::pin(cloud::look_closely(&self.config, deployed, vitals, last_hour)).await,
        }
    }

    /// Nothing at the first look, for which the names were just found; and where nobody can tell: whoever cannot be
    /// asked for the state cannot be asked for the rest either, and that is said.
    async fn newer(&self, deployed: &Deployed) -> Option<Newer> {
        if !self.looked.swap(true, Ordering::Relaxed) {
            return None;
        }
        tokio::time::timeout(PATIENCE, deployed.newer(&self.config)).await.ok()?.ok()
    }

    /// The settings of the SDK read files with credentials once: whoever logged in again is seen only by new ones.
    async fn renew_credentials(&self) {
        if !self.refused.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(Ok(deployed)) = tokio::time::timeout(PATIENCE, deployed::find(&self.config)).await {
            self.keep(Found::of(deployed));
        }
    }

    fn found(&self) -> Arc<Found> {
        Arc::clone(&self.found.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, found: Arc<Found>) {
        *self.found.write().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

impl Found {
    fn of(deployed: Deployed) -> Arc<Self> {
        Arc::new(Self { deployed, vitals: Vitals::default(), last_hour: LastHour::default() })
    }
}
