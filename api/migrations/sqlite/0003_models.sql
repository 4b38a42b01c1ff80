-- What was learnt from the store's orders, and the stock levels that recommendations need.

CREATE TABLE model_fits (
    name          BLOB    NOT NULL PRIMARY KEY, -- path of the report, with its grain
    version       INTEGER NOT NULL, -- of the shape of the result; others are not read
    data_version  INTEGER NOT NULL, -- committed changes that the fit has seen
    first_day     INTEGER NULL, -- days since 1970-01-01; null for a store without sales
    last_day      INTEGER NULL,
    fitted_ms     INTEGER NOT NULL,
    currency      BLOB    NOT NULL,
    time_zone     BLOB    NOT NULL,
    method        BLOB    NOT NULL,
    refusal       BLOB    NULL, -- why there is no result
    result        BLOB    NULL -- a JSON object
) STRICT;

CREATE TABLE model_runs (
    id            INTEGER NOT NULL PRIMARY KEY,
    token         INTEGER NOT NULL, -- of who fits; 0 for nobody
    until_ms      INTEGER NOT NULL -- end of the lease, which a live run renews
) STRICT;

INSERT INTO model_runs (id, token, until_ms) VALUES (1, 0, 0);

CREATE TABLE inventory (
    product       BLOB    NOT NULL PRIMARY KEY, -- the product id of the shop
    on_hand       INTEGER NOT NULL, -- units; negative where units are owed
    on_order      INTEGER NOT NULL,
    lead_days     INTEGER NOT NULL,
    lead_deviation INTEGER NOT NULL, -- days
    unit_cost     INTEGER NULL, -- ten-thousandths of the major unit
    order_cost    INTEGER NULL, -- ten-thousandths of the major unit
    service_level INTEGER NOT NULL, -- ten-thousandths
    pack          INTEGER NOT NULL, -- units
    changed_ms    INTEGER NOT NULL
) STRICT;
