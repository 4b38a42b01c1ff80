-- What was learnt from the store's orders, and the stock levels that recommendations need.
-- Every statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS model_fits (
    name          VARBINARY(64)  NOT NULL PRIMARY KEY COMMENT 'path of the report, with its grain',
    version       BIGINT         NOT NULL COMMENT 'of the shape of the result; others are not read',
    data_version  BIGINT         NOT NULL COMMENT 'committed changes that the fit has seen',
    first_day     BIGINT         NULL COMMENT 'days since 1970-01-01; null for a store without sales',
    last_day      BIGINT         NULL,
    fitted_ms     BIGINT         NOT NULL,
    currency      VARBINARY(3)   NOT NULL,
    time_zone     VARBINARY(64)  NOT NULL,
    method        VARBINARY(1024) NOT NULL,
    refusal       VARBINARY(1024) NULL COMMENT 'why there is no result',
    result        LONGBLOB       NULL COMMENT 'a JSON object'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS model_runs (
    id            BIGINT         NOT NULL PRIMARY KEY,
    token         BIGINT         NOT NULL COMMENT 'of who fits; 0 for nobody',
    until_ms      BIGINT         NOT NULL COMMENT 'end of the lease, which a live run renews'
) ENGINE = InnoDB;

INSERT IGNORE INTO model_runs (id, token, until_ms) VALUES (1, 0, 0);

CREATE TABLE IF NOT EXISTS inventory (
    product       VARBINARY(512) NOT NULL PRIMARY KEY COMMENT 'the product id of the shop',
    on_hand       BIGINT         NOT NULL COMMENT 'units; negative where units are owed',
    on_order      BIGINT         NOT NULL,
    lead_days     BIGINT         NOT NULL,
    lead_deviation BIGINT        NOT NULL COMMENT 'days',
    unit_cost     BIGINT         NULL COMMENT 'ten-thousandths of the major unit',
    order_cost    BIGINT         NULL COMMENT 'ten-thousandths of the major unit',
    service_level BIGINT         NOT NULL COMMENT 'ten-thousandths',
    pack          BIGINT         NOT NULL COMMENT 'units',
    changed_ms    BIGINT         NOT NULL
) ENGINE = InnoDB;
