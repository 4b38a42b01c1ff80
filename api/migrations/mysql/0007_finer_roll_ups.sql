-- Days added up, and the lines of each product: for what month summaries cannot answer.
-- rollup_months.kind has these by now: 0 groups, 1 products, 2 slots, 3 customers by category, 4 category sets,
-- 5 histories of customers, 6 customers of all categories together.

CREATE TABLE IF NOT EXISTS rollup_day_sums (
    day          BIGINT         NOT NULL PRIMARY KEY COMMENT 'as in rollup_days',
    data         LONGBLOB       NOT NULL COMMENT 'sums of all its orders, by currency'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS rollup_product_lines (
    month        BIGINT         NOT NULL COMMENT 'as in rollup_months',
    buckets      BIGINT         NOT NULL COMMENT 'as many rows has the month',
    bucket       BIGINT         NOT NULL COMMENT 'product_id modulo buckets',
    data         LONGBLOB       NOT NULL COMMENT 'packed orders by product and day',
    PRIMARY KEY (month, buckets, bucket)
) ENGINE = InnoDB;
