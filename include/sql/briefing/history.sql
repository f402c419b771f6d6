-- One row per day and category since :history_day: public incidents first told of on that day.
-- as of: before first_day
-- parameters: first_day date, history_day date
-- columns: first_day date, category text, incidents integer
WITH public AS (
    SELECT
        i.incident_id,
        MIN(r.day) AS first_day,
        MIN(r.category) AS category,
        SUM(CASE WHEN r.is_restricted THEN 1 ELSE 0 END) AS restricted_reports
    FROM first_report_as_of AS r
    INNER JOIN incident_report_as_of AS i ON r.report_id = i.report_id
    WHERE r.day >= :history_day AND NOT r.is_out_of_area
    GROUP BY i.incident_id
)

SELECT
    first_day,
    category,
    COUNT(*) AS incidents
FROM public
WHERE restricted_reports = 0
GROUP BY first_day, category
ORDER BY first_day, category
