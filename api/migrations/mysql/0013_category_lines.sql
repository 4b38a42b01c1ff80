-- The lines of each category: for what month summaries cannot answer. They count where the month has
-- rollup_months.kind 11; months without it are summarised anew.
-- The statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS rollup_category_lines (
    month        BIGINT         NOT NULL COMMENT 'as in rollup_months',
    category_id  BIGINT         NOT NULL COMMENT 'as in the packed orders',
    data         LONGBLOB       NOT NULL COMMENT 'packed orders by day',
    PRIMARY KEY (month, category_id)
) ENGINE = InnoDB;
