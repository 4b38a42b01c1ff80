-- Who may do what, and what administrators did.
-- Every statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS api_keys (
    id            VARBINARY(32)   NOT NULL PRIMARY KEY COMMENT '16 hexadecimal digits, public',
    name          VARBINARY(255)  NOT NULL COMMENT 'what its owner calls it',
    secret_sha256 TINYBLOB        NOT NULL COMMENT 'SHA-256 of the secret; the secret itself is stored nowhere',
    scopes        BIGINT          NOT NULL COMMENT 'sum of 1 read, 2 ingest, 4 admin',
    created_ms    BIGINT          NOT NULL,
    revoked_ms    BIGINT          NULL COMMENT 'null while the key is good'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS audit_log (
    id            BIGINT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at_ms         BIGINT          NOT NULL,
    actor         VARBINARY(255)  NOT NULL COMMENT 'id of a key, or where it was done from',
    action        VARBINARY(64)   NOT NULL COMMENT 'key.create, key.revoke, data.seed',
    subject       VARBINARY(255)  NOT NULL,
    detail        VARBINARY(1024) NOT NULL,
    request_id    VARBINARY(128)  NOT NULL COMMENT 'empty on the command line'
) ENGINE = InnoDB;
