-- Every customer that a fit has seen, packed, with the parameters that one is valued by. Written in the transaction that
-- replaces `fitted_reports`, and like these side by side for each version of their shape.
-- The statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS fitted_customers (
    version       BIGINT         NOT NULL COMMENT 'as in fitted_reports',
    chunk         BIGINT         NOT NULL COMMENT 'number of the customer, divided by the customers of a row',
    fitted_ms     BIGINT         NOT NULL,
    data          LONGBLOB       NOT NULL COMMENT 'parameters of the models, then the customers',
    PRIMARY KEY (version, chunk)
) ENGINE = InnoDB;
