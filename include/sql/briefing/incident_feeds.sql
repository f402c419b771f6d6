-- One row per incident and feed that told of it, for incidents with a report since :first_day.
-- parameters: day date, history_day date, first_day date
-- columns: incident_id text, feed text, reports integer
SELECT
    i.incident_id,
    r.feed,
    COUNT(*) AS reports
FROM report AS r
INNER JOIN incident_report AS i
    ON r.report_id = i.report_id AND i.linked_on <= :day AND (i.left_on IS NULL OR i.left_on > :day)
WHERE
    r.day >= :history_day AND r.day <= :day AND r.revision = 1
    AND i.incident_id IN (
        SELECT recent.incident_id
        FROM incident_report AS recent
        WHERE recent.linked_on >= :first_day AND recent.linked_on <= :day
    )
GROUP BY i.incident_id, r.feed
ORDER BY i.incident_id, r.feed
