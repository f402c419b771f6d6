-- One row per incident with a restricted report, first told of since :first_day: for the restricted route only.
-- parameters: day date, history_day date, first_day date
-- columns: incident_id text
SELECT i.incident_id
FROM report AS r
INNER JOIN incident_report AS i
    ON r.report_id = i.report_id AND i.linked_on <= :day AND (i.left_on IS NULL OR i.left_on > :day)
WHERE
    r.day >= :history_day AND r.day <= :day
    AND (r.superseded_on IS NULL OR r.superseded_on > :day)
GROUP BY i.incident_id
HAVING SUM(CASE WHEN r.is_restricted THEN 1 ELSE 0 END) > 0 AND MIN(r.day) >= :first_day
ORDER BY i.incident_id
