//! Decides about each request before its body is read: who calls, whether that is allowed, whether it is too often.
//! Remembers keys for a while, so that a request rarely asks the store; a revocation takes effect within that.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

use super::{
    key::{Presented, Scope, Scopes},
    limiter::{Allowance, Limiter},
    session,
    store::{self, StoredKey},
};
use crate::{
    config::{RateLimit, Secret},
    db::Db,
    error::{ApiError, Kind},
    state::AppState,
};

/// How long a looked-up key is believed.
const REMEMBER: Duration = Duration::from_secs(30);
/// Keys remembered, found or not; beyond, the memory starts over.
const MOST_REMEMBERED: usize = 10_000;
/// Who calls where no key is needed.
const ANYBODY: &str = "anybody";
/// Sign-ins from one place: one a second, after a pause ten at once. Keys cannot be guessed; this spares the store.
const SIGN_INS: RateLimit =
    RateLimit { per_second: NonZeroU32::MIN, burst: NonZeroU32::new(10).expect("not zero") };

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Somebody on this machine; no key is needed here.
    Anybody,
    /// The owner of the key of this id.
    Key(String),
}

impl Caller {
    /// Id of the caller's key.
    pub fn key_id(self) -> Option<String> {
        match self {
            Self::Anybody => None,
            Self::Key(id) => Some(id),
        }
    }

    /// Name for the audit log and the rate limits.
    pub fn name(&self) -> &str {
        match self {
            Self::Anybody => ANYBODY,
            Self::Key(id) => id,
        }
    }
}

/// The decisions of this process.
#[derive(Debug)]
pub struct Gate {
    rule: Rule,
    limiter: Option<Limiter>,
    sign_ins: Limiter,
    remembered: Mutex<HashMap<String, Remembered>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Open,
    Keys,
}

#[derive(Debug, Clone)]
struct Remembered {
    key: Option<StoredKey>,
    until: Instant,
}

impl Gate {
    /// A gate that asks for keys where the environment needs them.
    pub fn new(environment_needs_keys: bool, limit: Option<RateLimit>) -> Self {
        Self {
            rule: if environment_needs_keys { Rule::Keys } else { Rule::Open },
            limiter: limit.map(Limiter::new),
            sign_ins: Limiter::new(SIGN_INS),
            remembered: Mutex::default(),
        }
    }

    /// Whether requests need a key.
    pub fn needs_keys(&self) -> bool {
        self.rule == Rule::Keys
    }

    /// What the caller may do; everything where no key is needed.
    pub async fn scopes(&self, db: &Db, caller: &Caller) -> Result<Scopes, ApiError> {
        match caller {
            Caller::Anybody => Ok(Scopes::all()),
            Caller::Key(id) => Ok(self.key(db, id).await?.map(|key| key.scopes).unwrap_or_default()),
        }
    }

    /// Opens a session for the API key `token`, sent from `place`; the failure is 401, 409 or 429.
    pub async fn sign_in(&self, db: &Db, token: &str, place: &str) -> Result<Secret, ApiError> {
        if !self.needs_keys() {
            return Err(ApiError::new(Kind::Conflict).detail("No key is needed here."));
        }
        if let Some(wait) = self.sign_ins.count(place).wait {
            return Err(ApiError::new(Kind::TooManyRequests).retry_after(wait));
        }
        let presented = Presented::parse(token.trim());
        let key = self.presented_key(db, presented).await?;
        Ok(session::open(db, &key.id, Timestamp::now()).await?)
    }

    /// Who calls; the failure is 401 or 403, or 503 when the store cannot be asked. A key in the header goes before the
    /// cookie of a session.
    async fn admit(
        &self,
        db: &Db,
        method: &Method,
        headers: &HeaderMap,
        scope: Scope,
    ) -> Result<Caller, ApiError> {
        if self.rule == Rule::Open {
            return Ok(Caller::Anybody);
        }
        let key = match session::token_of(headers) {
            Some(token) if !headers.contains_key(header::AUTHORIZATION) => {
                if !method.is_safe() && !session::is_own_script(headers) {
                    return Err(ApiError::new(Kind::Forbidden).detail("This must come from the dashboard."));
                }
                self.session_key(db, token).await?
            }
            _ => self.presented_key(db, bearer(headers)).await?,
        };
        if !key.scopes.contains(scope) {
            let detail = format!("This needs a key with the scope `{}`.", scope.name());
            return Err(ApiError::new(Kind::Forbidden).detail(detail));
        }
        Ok(Caller::Key(key.id))
    }

    async fn presented_key(&self, db: &Db, presented: Option<Presented<'_>>) -> Result<StoredKey, ApiError> {
        let presented = presented.ok_or_else(|| ApiError::new(Kind::Unauthorized))?;
        let key = self.key(db, presented.id).await?.filter(|key| key.hash.matches(presented.secret));
        unless_revoked(key)
    }

    async fn session_key(&self, db: &Db, token: &str) -> Result<StoredKey, ApiError> {
        let id = session::key_of(db, token, Timestamp::now()).await?;
        let id = id.ok_or_else(|| ApiError::new(Kind::Unauthorized).detail("This sign-in has ended."))?;
        unless_revoked(self.key(db, &id).await?)
    }

    async fn key(&self, db: &Db, id: &str) -> Result<Option<StoredKey>, ApiError> {
        let now = Instant::now();
        if let Some(found) = self.memory().get(id).filter(|found| found.until > now) {
            return Ok(found.key.clone());
        }
        let key = store::find(db, id).await?;
        let mut memory = self.memory();
        if memory.len() >= MOST_REMEMBERED {
            memory.clear();
        }
        memory.insert(id.to_owned(), Remembered { key: key.clone(), until: now + REMEMBER });
        Ok(key)
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, HashMap<String, Remembered>> {
        // Whoever panicked with the lock left a whole map behind: entries are inserted at once.
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Layer of a group of routes that need `scope`.
pub async fn require(
    State((state, scope)): State<(AppState, Scope)>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match state.gate.admit(&state.db, request.method(), request.headers(), scope).await {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into_response(),
    };
    let allowance = state.gate.limiter.as_ref().map(|limiter| limiter.count(caller.name()));
    let mut response = if let Some(Allowance { wait: Some(wait), .. }) = allowance {
        ApiError::new(Kind::TooManyRequests).retry_after(wait).into_response()
    } else {
        request.extensions_mut().insert(caller.clone());
        next.run(request).await
    };
    if let Some(allowance) = allowance {
        allowance.write_to(response.headers_mut());
    }
    response.extensions_mut().insert(caller);
    response
}

fn unless_revoked(key: Option<StoredKey>) -> Result<StoredKey, ApiError> {
    let key = key.ok_or_else(|| ApiError::new(Kind::Unauthorized))?;
    if key.revoked.is_some() {
        return Err(ApiError::new(Kind::Unauthorized).detail("This API key has been revoked."));
    }
    Ok(key)
}

fn bearer(headers: &HeaderMap) -> Option<Presented<'_>> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Presented::parse(token.trim())).flatten()
}
