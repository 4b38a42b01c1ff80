-- Uploads by the key that their sender made up for the request: one that comes again is not listed twice.

CREATE TABLE upload_keys (
    idempotency_key  BLOB NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
