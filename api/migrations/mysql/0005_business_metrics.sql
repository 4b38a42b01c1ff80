-- How far the figures of the business dashboard have been reported: one row, so that one of several instances reports.

CREATE TABLE IF NOT EXISTS business_metrics (
    id                     BIGINT NOT NULL PRIMARY KEY,
    reported_until_seconds BIGINT NOT NULL COMMENT 'seconds since 1970; the first second not reported'
) ENGINE = InnoDB;
