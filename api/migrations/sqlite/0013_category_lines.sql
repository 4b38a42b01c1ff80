-- The lines of each category: for what month summaries cannot answer. They count where the month has
-- rollup_months.kind 11; months without it are summarised anew.

CREATE TABLE rollup_category_lines (
    month        INTEGER NOT NULL,           -- as in rollup_months
    category_id  INTEGER NOT NULL,           -- as in the packed orders
    data         BLOB    NOT NULL            -- packed orders by day
) STRICT;

CREATE UNIQUE INDEX rollup_category_lines_key ON rollup_category_lines (month, category_id);
