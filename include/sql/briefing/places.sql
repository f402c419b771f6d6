-- One row per public place with an incident since :first_day: its incidents and partners since :history_day.
-- as of: day
-- parameters: day date, history_day date, at_least integer, first_day date
-- columns: place_name text, incidents integer, last_day date, partners integer
WITH public AS (
    SELECT
        i.incident_id,
        MIN(r.place_name) AS place_name,
        MIN(r.day) AS first_day,
        SUM(CASE WHEN r.is_restricted THEN 1 ELSE 0 END) AS restricted_reports
    FROM report_as_of AS r
    INNER JOIN incident_report_as_of AS i ON r.report_id = i.report_id
    WHERE r.day >= :history_day AND NOT r.is_out_of_area
    GROUP BY i.incident_id
    HAVING
        NOT EXISTS (
            SELECT 1
            FROM incident_report_as_of AS older
            INNER JOIN report_as_of AS hidden ON older.report_id = hidden.report_id AND hidden.is_restricted
            WHERE older.incident_id = i.incident_id
        )
),

partners AS (
    SELECT
        p.place_name,
        COUNT(DISTINCT r.feed) AS partners
    FROM public AS p
    INNER JOIN incident_report_as_of AS i ON p.incident_id = i.incident_id
    INNER JOIN first_report_as_of AS r ON i.report_id = r.report_id
    WHERE p.restricted_reports = 0
    GROUP BY p.place_name
)

SELECT
    p.place_name,
    COUNT(*) AS incidents,
    MAX(p.first_day) AS last_day,
    MIN(partners.partners) AS partners
FROM public AS p
INNER JOIN partners ON p.place_name = partners.place_name
WHERE p.place_name IS NOT NULL AND p.restricted_reports = 0
GROUP BY p.place_name
HAVING COUNT(*) >= :at_least AND MAX(p.first_day) >= :first_day
ORDER BY incidents DESC, p.place_name ASC
