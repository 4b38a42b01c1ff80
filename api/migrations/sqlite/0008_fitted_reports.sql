-- Results of models, side by side for each version of their shape: during a rollout the program of before and the new one
-- both serve. `model_fits` stays for the programs of before; nothing reads it any more.

CREATE TABLE fitted_reports (
    name          BLOB    NOT NULL, -- path of the report, with its grain
    version       INTEGER NOT NULL, -- of the shape of the result; others are not read
    data_version  INTEGER NOT NULL, -- committed changes that the fit has seen
    first_day     INTEGER NULL, -- days since 1970-01-01; null for a store without sales
    last_day      INTEGER NULL,
    fitted_ms     INTEGER NOT NULL,
    currency      BLOB    NOT NULL,
    time_zone     BLOB    NOT NULL,
    method        BLOB    NOT NULL,
    status        BLOB    NULL, -- the kind of refusal
    refusal       BLOB    NULL, -- why there is no result
    result        BLOB    NULL, -- a JSON object
    PRIMARY KEY (name, version)
) STRICT;
