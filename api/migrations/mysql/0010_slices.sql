-- The summaries of a month again, of the lines of one category or one product, where these are many.
-- rollup_months.kind 4 has become 7, in another form: months without it are summarised anew.
-- The statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS rollup_slices (
    dimension    BIGINT         NOT NULL COMMENT '0 category, 1 product',
    member_id    BIGINT         NOT NULL COMMENT 'of the category or product',
    kind         BIGINT         NOT NULL COMMENT 'as in rollup_months',
    currency_id  BIGINT         NOT NULL COMMENT '0 stands for all of them together',
    month        BIGINT         NOT NULL COMMENT 'as in rollup_months, without whose newest kind these do not count',
    data         LONGBLOB       NOT NULL COMMENT 'of all regions and channels together',
    PRIMARY KEY (dimension, member_id, kind, currency_id, month),
    KEY (month)
) ENGINE = InnoDB;
