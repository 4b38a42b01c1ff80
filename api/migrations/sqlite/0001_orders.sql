-- Facts, their dictionary, and the roll-ups that are kept in the same transaction.
-- Text is stored as bytes, so that equality is exact for any UTF-8.

CREATE TABLE store (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    store_id     BLOB    NOT NULL,           -- random; part of every ETag
    time_zone    BLOB    NOT NULL,           -- IANA zone whose days the roll-ups are made of
    folded       INTEGER NOT NULL,           -- changes that compaction has folded into segments
    changed_ms   INTEGER NOT NULL            -- instant of the last folded change
) STRICT;

CREATE TABLE id_blocks (
    kind         INTEGER PRIMARY KEY,        -- 0 orders, else as in terms
    next_id      INTEGER NOT NULL
) STRICT;

INSERT INTO id_blocks (kind, next_id) VALUES (0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1);

CREATE TABLE terms (
    kind         INTEGER NOT NULL,           -- 1 customer, 2 product, 3 product name, 4 category, 5 region, 6 channel, 7 currency
    id           INTEGER NOT NULL,           -- dense within its kind, from 1; 0 stands for none
    value        BLOB    NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX terms_value ON terms (kind, value);

CREATE TABLE orders (
    id           INTEGER PRIMARY KEY,
    external_id  BLOB    NOT NULL UNIQUE,    -- the shop's order id
    customer_id  INTEGER NOT NULL,           -- 0 for a guest
    region_id    INTEGER NOT NULL,
    channel_id   INTEGER NOT NULL,
    currency_id  INTEGER NOT NULL,
    ordered_ms   INTEGER NOT NULL            -- instant of the sale; of the first return when there is no sale
) STRICT;

CREATE TABLE order_lines (
    order_id     INTEGER NOT NULL,
    line         INTEGER NOT NULL,
    product_id   INTEGER NOT NULL,
    at_ms        INTEGER NOT NULL,           -- instant of the sale or of the return
    refund       INTEGER NOT NULL,           -- 1 for a return
    name_id      INTEGER NOT NULL,
    category_id  INTEGER NOT NULL,
    quantity     INTEGER NOT NULL,           -- positive
    unit_price   INTEGER NOT NULL,           -- list price, ten-thousandths of the major unit
    discount     INTEGER NOT NULL,           -- on the whole line, ten-thousandths of the major unit
    gross_minor  INTEGER NOT NULL,           -- minor units of the order's currency
    net_minor    INTEGER NOT NULL,           -- minor units, rounded half up once, at ingest
    PRIMARY KEY (order_id, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX order_lines_product ON order_lines (product_id, at_ms);

CREATE TABLE rollup_deltas (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    created_ms   INTEGER NOT NULL,
    changes      INTEGER NOT NULL,           -- lines added and removed
    line_growth  INTEGER NOT NULL,           -- lines added less lines removed
    data         BLOB    NOT NULL            -- packed orders: removed, then added
) STRICT;

CREATE TABLE rollup_days (
    day          INTEGER PRIMARY KEY,        -- days since 1970-01-01 in the store's zone
    line_count   INTEGER NOT NULL,
    data         BLOB    NOT NULL            -- packed orders of the day
) STRICT;

CREATE TABLE rollup_months (
    kind         INTEGER NOT NULL,           -- 0 groups, 1 products, 2 slots, 3 customers, 4 category sets
    currency_id  INTEGER NOT NULL,           -- 0 stands for all of them together, here and below
    region_id    INTEGER NOT NULL,
    channel_id   INTEGER NOT NULL,
    month        INTEGER NOT NULL,           -- months since January 1970 in the store's zone
    data         BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX rollup_months_key ON rollup_months (kind, currency_id, region_id, channel_id, month);
CREATE INDEX rollup_months_month ON rollup_months (month);

CREATE TABLE imports (
    source       BLOB    NOT NULL PRIMARY KEY, -- hash of the content
    position     INTEGER NOT NULL,             -- items of the source that have landed
    finished     INTEGER NOT NULL,
    changed_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
