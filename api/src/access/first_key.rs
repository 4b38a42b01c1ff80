//! The key that a deployment is born with: whoever deploys makes it and hands it to `migrate`, which takes it in.
//! Never changes a key that is there, so that a revoked one stays revoked.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use super::{
    Scope, Scopes,
    audit::{self, Act},
    key::NewKey,
    store,
};
use crate::{
    config::Secret,
    db::{Db, is_duplicate},
};

const NAME: &str = "first key of the deployment";

/// Takes `token` in with every scope, unless a key of its id is there. True when it was new.
pub async fn admit(db: &Db, token: &Secret) -> Result<bool> {
    let Some(key) = NewKey::of_token(token) else {
        bail!(
            "EAP_API_KEY has not the shape of a key\n\
             hint: it is `eap_`, 16 hexadecimal digits, `_`, and 64 of them; `eap deploy` makes one"
        );
    };
    if store::find(db, &key.id).await?.is_some() {
        return Ok(false);
    }
    match insert(db, &key).await {
        // Two instances that start at once take in the same key.
        Err(error) if error.downcast_ref().is_some_and(is_duplicate) => Ok(false),
        other => other.map(|()| true),
    }
}

async fn insert(db: &Db, key: &NewKey) -> Result<()> {
    let now = Timestamp::now();
    let scopes = Scopes::of(&[Scope::Read, Scope::Ingest, Scope::Admin]);
    let act = Act {
        actor: audit::COMMAND_LINE,
        action: "key.create",
        subject: &key.id,
        detail: NAME,
        request_id: "",
    };
    let mut transaction = db.begin_write().await.context("begin to store the first key")?;
    store::insert(&mut transaction, key, NAME, scopes, now).await?;
    audit::record(&mut transaction, &act, now).await?;
    transaction.commit().await.context("commit the first key")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn store_in(folder: &tempfile::TempDir) -> Db {
        let db = Db::connect(&format!("sqlite:{}", folder.path().join("a.db").display()), 2).await.unwrap();
        db.migrate("UTC").await.unwrap();
        db
    }

    #[tokio::test]
    async fn it_is_taken_in_once_and_stays_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let db = store_in(&folder).await;
        let token = NewKey::random().unwrap().token;
        assert!(admit(&db, &token).await.unwrap());
        assert!(!admit(&db, &token).await.unwrap());

        let keys = store::list(&db).await.unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].scopes.names(), ["read", "ingest", "admin"]);
        let mut transaction = db.begin_write().await.unwrap();
        store::revoke(&mut transaction, &keys[0].id, Timestamp::now()).await.unwrap();
        transaction.commit().await.unwrap();
        assert!(!admit(&db, &token).await.unwrap());
        assert!(store::list(&db).await.unwrap()[0].revoked.is_some());
    }

    #[tokio::test]
    async fn another_shape_is_refused_and_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let db = store_in(&folder).await;
        let error = admit(&db, &Secret::new("hunter2")).await.unwrap_err().to_string();
        assert!(error.contains("hint: ") && !error.contains("hunter2"), "{error}");
        assert!(store::list(&db).await.unwrap().is_empty());
    }
}
