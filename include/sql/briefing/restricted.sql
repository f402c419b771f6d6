-- One row per incident with a restricted report, first told of since :first_day: for the restricted route only.
-- as of: day
-- parameters: day date, history_day date, first_day date
-- columns: incident_id text
SELECT i.incident_id
FROM report_as_of AS r
INNER JOIN incident_report_as_of AS i ON r.report_id = i.report_id
WHERE r.day >= :history_day
GROUP BY i.incident_id
HAVING SUM(CASE WHEN r.is_restricted THEN 1 ELSE 0 END) > 0 AND MIN(r.day) >= :first_day
ORDER BY i.incident_id
