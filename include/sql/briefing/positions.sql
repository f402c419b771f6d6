-- One row per public incident first told of since :history_day that has a position: where, and on which day first.
-- as of: day
-- parameters: day date, history_day date
-- columns: incident_id text, latitude number, longitude number, first_day date
SELECT
    i.incident_id,
    AVG(r.latitude) AS latitude,
    AVG(r.longitude) AS longitude,
    MIN(r.day) AS first_day
FROM report_as_of AS r
INNER JOIN incident_report_as_of AS i ON r.report_id = i.report_id
WHERE r.day >= :history_day
GROUP BY i.incident_id
HAVING
    SUM(CASE WHEN r.is_restricted THEN 1 ELSE 0 END) = 0
    AND SUM(CASE WHEN r.is_out_of_area THEN 0 ELSE 1 END) > 0
    AND COUNT(r.latitude) > 0
    AND NOT EXISTS (
        SELECT 1
        FROM incident_report_as_of AS older
        INNER JOIN report_as_of AS hidden ON older.report_id = hidden.report_id AND hidden.is_restricted
        WHERE older.incident_id = i.incident_id
    )
ORDER BY i.incident_id
