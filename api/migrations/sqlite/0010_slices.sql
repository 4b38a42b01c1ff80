-- The summaries of a month again, of the lines of one category or one product, where these are many.
-- rollup_months.kind 4 has become 7, in another form: months without it are summarised anew.

CREATE TABLE rollup_slices (
    dimension    INTEGER NOT NULL,           -- 0 category, 1 product
    member_id    INTEGER NOT NULL,           -- of the category or product
    kind         INTEGER NOT NULL,           -- as in rollup_months
    currency_id  INTEGER NOT NULL,           -- 0 stands for all of them together
    month        INTEGER NOT NULL,           -- as in rollup_months, without whose newest kind these do not count
    data         BLOB    NOT NULL            -- of all regions and channels together
) STRICT;

CREATE UNIQUE INDEX rollup_slices_key ON rollup_slices (dimension, member_id, kind, currency_id, month);
CREATE INDEX rollup_slices_month ON rollup_slices (month);
