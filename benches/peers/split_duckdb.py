"""The split with DuckDB, one COPY for each output: `split_duckdb.py INPUT PERMITTED WITHHELD`."""
import sys

import duckdb

source, permitted, withheld = ("'" + path.replace("'", "''") + "'" for path in sys.argv[1:])
duckdb.sql(f"""
CREATE VIEW decided AS
WITH supply AS (
    FROM read_csv({source}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', new_line = '\\n')
), tested AS (
    SELECT *,
        coalesce(notice_version IN ('2014-03', '2016-09') AND source IN ('online', 'offline'), false) AS known,
        CASE notice_version
            WHEN '2014-03' THEN captured_at >= '2014-03-01' AND captured_at < '2016-09-01'
            ELSE captured_at >= '2016-09-01'
        END AS in_force,
        captured_at <= CASE source WHEN 'online' THEN '2015-05-05' ELSE '2014-05-05' END AS expired
    FROM supply
)
SELECT * EXCLUDE (known, in_force, expired), concat_ws(' ',
    CASE WHEN NOT known THEN 'notice-unknown' END,
    CASE WHEN known AND NOT in_force THEN 'notice-not-in-force' END,
    CASE WHEN third_party_opt_in IS NULL OR third_party_opt_in NOT IN ('Y', 'N') THEN 'consent-unknown' END,
    CASE WHEN third_party_opt_in = 'N' THEN 'consent-refused' END,
    CASE WHEN known AND expired THEN 'consent-expired' END,
    CASE WHEN captured_at > '2017-05-05' THEN 'captured-after-delivery' END,
    -- No other channel of this supply has these letters: quicker than taking the list apart.
    CASE WHEN channels IS NULL OR NOT contains(channels, 'postal') THEN 'channel-not-consented' END
) AS withheld_reasons
FROM tested
""")
duckdb.sql(f"COPY (SELECT * EXCLUDE withheld_reasons FROM decided WHERE withheld_reasons = '') TO {permitted} (HEADER)")
duckdb.sql(f"COPY (FROM decided WHERE withheld_reasons <> '') TO {withheld} (HEADER)")
