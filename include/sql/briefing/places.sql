-- One row per public place with an incident since :first_day: its incidents and partners since :history_day.
-- parameters: day date, history_day date, at_least integer, first_day date
-- columns: place_name text, incidents integer, last_day date, partners integer
WITH public AS (
    SELECT
        i.incident_id,
        MIN(r.place_name) AS place_name,
        MIN(r.day) AS first_day,
        SUM(CASE WHEN r.is_restricted THEN 1 ELSE 0 END) AS restricted_reports
    FROM report AS r
    INNER JOIN incident_report AS i
        ON r.report_id = i.report_id AND i.linked_on <= :day AND (i.left_on IS NULL OR i.left_on > :day)
    WHERE
        r.day >= :history_day AND r.day <= :day AND NOT r.is_out_of_area
        AND (r.superseded_on IS NULL OR r.superseded_on > :day)
    GROUP BY i.incident_id
),

partners AS (
    SELECT
        p.place_name,
        COUNT(DISTINCT r.feed) AS partners
    FROM public AS p
    INNER JOIN incident_report AS i
        ON p.incident_id = i.incident_id AND i.linked_on <= :day AND (i.left_on IS NULL OR i.left_on > :day)
    INNER JOIN report AS r ON i.report_id = r.report_id AND r.revision = 1 AND r.day <= :day
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
