-- Sign-ins of browsers, and files that were uploaded in one.

CREATE TABLE dashboard_sessions (
    token_sha256  BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the token in the cookie, which is stored nowhere
    key_id        BLOB    NOT NULL,             -- the API key that signed in
    expires_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX dashboard_sessions_expires ON dashboard_sessions (expires_ms);

CREATE TABLE uploads (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms         INTEGER NOT NULL,
    file          BLOB    NOT NULL,             -- its name, as the sender told it
    received      INTEGER NOT NULL,
    inserted      INTEGER NOT NULL,
    replaced      INTEGER NOT NULL,
    unchanged     INTEGER NOT NULL,
    rejected      INTEGER NOT NULL
) STRICT;
