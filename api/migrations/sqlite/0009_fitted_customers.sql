-- Every customer that a fit has seen, packed, with the parameters that one is valued by. Written in the transaction that
-- replaces `fitted_reports`, and like these side by side for each version of their shape.

CREATE TABLE fitted_customers (
    version       INTEGER NOT NULL, -- as in fitted_reports
    chunk         INTEGER NOT NULL, -- number of the customer, divided by the customers of a row
    fitted_ms     INTEGER NOT NULL,
    data          BLOB    NOT NULL, -- parameters of the models, then the customers
    PRIMARY KEY (version, chunk)
) STRICT;
