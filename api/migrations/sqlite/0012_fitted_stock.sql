-- The newest stock level that a run of fits has seen: what is stored later, however late it commits, is fitted again.
-- Written in the transaction that replaces `fitted_reports`. A program of before neither writes nor reads it.

CREATE TABLE fitted_stock (
    version       INTEGER NOT NULL PRIMARY KEY, -- as in fitted_reports
    changed_ms    INTEGER NOT NULL -- the newest in inventory; 0 for none
) STRICT;
