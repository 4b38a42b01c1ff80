-- Uploads by the key that their sender made up for the request: one that comes again is not listed twice.
-- The statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS upload_keys (
    idempotency_key  VARBINARY(255) NOT NULL PRIMARY KEY
) ENGINE = InnoDB;
