-- The lines of each category by region, in the place of rollup_category_lines, which programs of before write on. They
-- count where the month has rollup_months.kind 22; months without it are summarised anew, and have those of before
-- deleted.
-- The statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS rollup_category_region_lines (
    month        BIGINT         NOT NULL COMMENT 'as in rollup_months',
    category_id  BIGINT         NOT NULL COMMENT 'as in the packed orders',
    buckets      BIGINT         NOT NULL COMMENT 'as many rows has the category in the month',
    bucket       BIGINT         NOT NULL COMMENT 'region_id modulo buckets',
    data         LONGBLOB       NOT NULL COMMENT 'packed orders by region and day',
    PRIMARY KEY (month, category_id, buckets, bucket)
) ENGINE = InnoDB;
