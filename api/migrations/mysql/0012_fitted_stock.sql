-- The newest stock level that a run of fits has seen: what is stored later, however late it commits, is fitted again.
-- Written in the transaction that replaces `fitted_reports`. A program of before neither writes nor reads it.
-- The statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS fitted_stock (
    version       BIGINT         NOT NULL PRIMARY KEY COMMENT 'as in fitted_reports',
    changed_ms    BIGINT         NOT NULL COMMENT 'the newest in inventory; 0 for none'
) ENGINE = InnoDB;
