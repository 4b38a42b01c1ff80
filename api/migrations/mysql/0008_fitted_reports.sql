-- Results of models, side by side for each version of their shape: during a rollout the program of before and the new one
-- both serve. `model_fits` stays for the programs of before; nothing reads it any more.
-- Every statement can run again: MySQL does not roll back schema changes, so a killed migration starts over.

CREATE TABLE IF NOT EXISTS fitted_reports (
    name          VARBINARY(64)  NOT NULL COMMENT 'path of the report, with its grain',
    version       BIGINT         NOT NULL COMMENT 'of the shape of the result; others are not read',
    data_version  BIGINT         NOT NULL COMMENT 'committed changes that the fit has seen',
    first_day     BIGINT         NULL COMMENT 'days since 1970-01-01; null for a store without sales',
    last_day      BIGINT         NULL,
    fitted_ms     BIGINT         NOT NULL,
    currency      VARBINARY(3)   NOT NULL,
    time_zone     VARBINARY(64)  NOT NULL,
    method        VARBINARY(1024) NOT NULL,
    status        VARBINARY(64)  NULL COMMENT 'the kind of refusal',
    refusal       VARBINARY(1024) NULL COMMENT 'why there is no result',
    result        LONGBLOB       NULL COMMENT 'a JSON object',
    PRIMARY KEY (name, version)
) ENGINE = InnoDB;
