-- How far the figures of the business dashboard have been reported: one row, so that one of several instances reports.

CREATE TABLE business_metrics (
    id                     INTEGER NOT NULL PRIMARY KEY,
    reported_until_seconds INTEGER NOT NULL -- seconds since 1970; the first second not reported
) STRICT;
