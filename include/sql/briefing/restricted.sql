-- One row per incident that has been restricted since :first_day, not before: for the restricted route only.
-- as of: day
-- all of report: when any revision of a report of it was restricted first
-- parameters: day date, history_day date, first_day date
-- columns: incident_id text
SELECT i.incident_id
FROM report_as_of AS r
INNER JOIN incident_report_as_of AS i ON r.report_id = i.report_id
INNER JOIN report AS was ON r.report_id = was.report_id AND was.is_restricted AND was.day <= :day
WHERE r.day >= :history_day AND r.is_restricted
GROUP BY i.incident_id
HAVING MIN(was.day) >= :first_day
ORDER BY i.incident_id
