-- Days added up, and the lines of each product: for what month summaries cannot answer.
-- rollup_months.kind has these by now: 0 groups, 1 products, 2 slots, 3 customers by category, 4 category sets,
-- 5 histories of customers, 6 customers of all categories together.

CREATE TABLE rollup_day_sums (
    day          INTEGER PRIMARY KEY,        -- as in rollup_days
    data         BLOB    NOT NULL            -- sums of all its orders, by currency
) STRICT;

CREATE TABLE rollup_product_lines (
    month        INTEGER NOT NULL,           -- as in rollup_months
    buckets      INTEGER NOT NULL,           -- as many rows has the month
    bucket       INTEGER NOT NULL,           -- product_id modulo buckets
    data         BLOB    NOT NULL            -- packed orders by product and day
) STRICT;

CREATE UNIQUE INDEX rollup_product_lines_key ON rollup_product_lines (month, buckets, bucket);
