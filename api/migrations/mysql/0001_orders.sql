-- Facts, their dictionary, and the roll-ups that are kept in the same transaction.
-- Text is stored as bytes, so that equality is exact for any UTF-8: no collation folds case or drops trailing spaces.
-- Every statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS store (
    id           BIGINT         NOT NULL PRIMARY KEY,
    store_id     TINYBLOB       NOT NULL COMMENT 'random; part of every ETag',
    time_zone    VARBINARY(64)  NOT NULL COMMENT 'IANA zone whose days the roll-ups are made of',
    folded       BIGINT         NOT NULL COMMENT 'changes that compaction has folded into segments',
    changed_ms   BIGINT         NOT NULL COMMENT 'instant of the last folded change'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS id_blocks (
    kind         BIGINT         NOT NULL PRIMARY KEY COMMENT '0 orders, else as in terms',
    next_id      BIGINT         NOT NULL
) ENGINE = InnoDB;

INSERT IGNORE INTO id_blocks (kind, next_id) VALUES (0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1);

CREATE TABLE IF NOT EXISTS terms (
    kind         BIGINT         NOT NULL COMMENT '1 customer, 2 product, 3 product name, 4 category, 5 region, 6 channel, 7 currency',
    id           BIGINT         NOT NULL COMMENT 'dense within its kind, from 1; 0 stands for none',
    value        VARBINARY(512) NOT NULL,
    PRIMARY KEY (kind, id),
    UNIQUE KEY terms_value (kind, value)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS orders (
    id           BIGINT         NOT NULL PRIMARY KEY,
    external_id  VARBINARY(255) NOT NULL COMMENT 'the order id of the shop',
    customer_id  BIGINT         NOT NULL COMMENT '0 for a guest',
    region_id    BIGINT         NOT NULL,
    channel_id   BIGINT         NOT NULL,
    currency_id  BIGINT         NOT NULL,
    ordered_ms   BIGINT         NOT NULL COMMENT 'instant of the sale; of the first return when there is no sale',
    UNIQUE KEY orders_external_id (external_id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS order_lines (
    order_id     BIGINT         NOT NULL,
    line         BIGINT         NOT NULL,
    product_id   BIGINT         NOT NULL,
    at_ms        BIGINT         NOT NULL COMMENT 'instant of the sale or of the return',
    refund       BIGINT         NOT NULL COMMENT '1 for a return',
    name_id      BIGINT         NOT NULL,
    category_id  BIGINT         NOT NULL,
    quantity     BIGINT         NOT NULL COMMENT 'positive',
    unit_price   BIGINT         NOT NULL COMMENT 'list price, ten-thousandths of the major unit',
    discount     BIGINT         NOT NULL COMMENT 'on the whole line, ten-thousandths of the major unit',
    gross_minor  BIGINT         NOT NULL COMMENT 'minor units of the currency of the order',
    net_minor    BIGINT         NOT NULL COMMENT 'minor units, rounded half up once, at ingest',
    PRIMARY KEY (order_id, line),
    KEY order_lines_product (product_id, at_ms)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS rollup_deltas (
    id           BIGINT         NOT NULL AUTO_INCREMENT PRIMARY KEY,
    created_ms   BIGINT         NOT NULL,
    changes      BIGINT         NOT NULL COMMENT 'lines added and removed',
    line_growth  BIGINT         NOT NULL COMMENT 'lines added less lines removed',
    data         LONGBLOB       NOT NULL COMMENT 'packed orders: removed, then added'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS rollup_days (
    day          BIGINT         NOT NULL PRIMARY KEY COMMENT 'days since 1970-01-01 in the zone of the store',
    line_count   BIGINT         NOT NULL,
    data         LONGBLOB       NOT NULL COMMENT 'packed orders of the day'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS rollup_months (
    kind         BIGINT         NOT NULL COMMENT '0 groups, 1 products, 2 slots, 3 customers, 4 category sets',
    currency_id  BIGINT         NOT NULL COMMENT '0 stands for all of them together, here and below',
    region_id    BIGINT         NOT NULL,
    channel_id   BIGINT         NOT NULL,
    month        BIGINT         NOT NULL COMMENT 'months since January 1970 in the zone of the store',
    data         LONGBLOB       NOT NULL,
    PRIMARY KEY (kind, currency_id, region_id, channel_id, month),
    KEY rollup_months_month (month)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS imports (
    source       VARBINARY(64)  NOT NULL PRIMARY KEY COMMENT 'hash of the content',
    position     BIGINT         NOT NULL COMMENT 'items of the source that have landed',
    finished     BIGINT         NOT NULL,
    changed_ms   BIGINT         NOT NULL
) ENGINE = InnoDB;
