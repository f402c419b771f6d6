-- One row per incident with a report since :first_day: how many other public incidents since :year_day have a report by
-- the same complainant, or about the same person.
-- as of: day
-- parameters: day date, first_day date, year_day date
-- columns: incident_id text, other_incidents integer
WITH tonight AS (
    SELECT
        incident_id,
        complainant AS who
    FROM told_as_of
    WHERE day >= :first_day AND complainant IS NOT NULL
    UNION
    SELECT
        incident_id,
        person AS who
    FROM told_as_of
    WHERE day >= :first_day AND person IS NOT NULL
),

known AS (
    SELECT
        t.incident_id,
        t.complainant AS who
    FROM told_as_of AS t
    WHERE
        t.day >= :year_day AND NOT t.is_out_of_area
        AND t.complainant IN (SELECT w.who FROM tonight AS w)
    UNION
    SELECT
        t.incident_id,
        t.person AS who
    FROM told_as_of AS t
    WHERE
        t.day >= :year_day AND NOT t.is_out_of_area
        AND t.person IN (SELECT w.who FROM tonight AS w)
)

SELECT
    n.incident_id,
    COUNT(DISTINCT k.incident_id) AS other_incidents
FROM tonight AS n
INNER JOIN known AS k ON n.who = k.who AND n.incident_id <> k.incident_id
WHERE
    NOT EXISTS (
        SELECT 1
        FROM incident_report_as_of AS older
        INNER JOIN report_as_of AS hidden ON older.report_id = hidden.report_id AND hidden.is_restricted
        WHERE older.incident_id = k.incident_id
    )
GROUP BY n.incident_id
ORDER BY n.incident_id
