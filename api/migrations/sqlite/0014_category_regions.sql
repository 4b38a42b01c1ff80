-- The lines of each category by region, in the place of rollup_category_lines, which programs of before write on. They
-- count where the month has rollup_months.kind 22; months without it are summarised anew, and have those of before
-- deleted.

CREATE TABLE rollup_category_region_lines (
    month        INTEGER NOT NULL,           -- as in rollup_months
    category_id  INTEGER NOT NULL,           -- as in the packed orders
    buckets      INTEGER NOT NULL,           -- as many rows has the category in the month
    bucket       INTEGER NOT NULL,           -- region_id modulo buckets
    data         BLOB    NOT NULL            -- packed orders by region and day
) STRICT;

CREATE UNIQUE INDEX rollup_category_region_lines_key
    ON rollup_category_region_lines (month, category_id, buckets, bucket);
