-- Who may do what, and what administrators did.

CREATE TABLE api_keys (
    id            BLOB    NOT NULL PRIMARY KEY, -- 16 hexadecimal digits, public
    name          BLOB    NOT NULL,             -- what its owner calls it
    secret_sha256 BLOB    NOT NULL,             -- SHA-256 of the secret; the secret itself is stored nowhere
    scopes        INTEGER NOT NULL,             -- sum of 1 read, 2 ingest, 4 admin
    created_ms    INTEGER NOT NULL,
    revoked_ms    INTEGER                       -- null while the key is good
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms         INTEGER NOT NULL,
    actor         BLOB    NOT NULL,             -- id of a key, or where it was done from
    action        BLOB    NOT NULL,             -- key.create, key.revoke, data.seed
    subject       BLOB    NOT NULL,
    detail        BLOB    NOT NULL,
    request_id    BLOB    NOT NULL              -- empty on the command line
) STRICT;
