-- Sign-ins of browsers, and files that were uploaded in one.

CREATE TABLE IF NOT EXISTS dashboard_sessions (
    token_sha256  VARBINARY(32)   NOT NULL PRIMARY KEY COMMENT 'SHA-256 of the token in the cookie, which is stored nowhere',
    key_id        VARBINARY(32)   NOT NULL COMMENT 'the API key that signed in',
    expires_ms    BIGINT          NOT NULL,
    KEY dashboard_sessions_expires (expires_ms)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS uploads (
    id            BIGINT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at_ms         BIGINT          NOT NULL,
    file          VARBINARY(1024) NOT NULL COMMENT 'its name, as the sender told it',
    received      BIGINT          NOT NULL,
    inserted      BIGINT          NOT NULL,
    replaced      BIGINT          NOT NULL,
    unchanged     BIGINT          NOT NULL,
    rejected      BIGINT          NOT NULL
) ENGINE = InnoDB;
