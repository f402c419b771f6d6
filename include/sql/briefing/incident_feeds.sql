-- One row per incident and feed that told of it, for incidents with a report since :first_day.
-- as of: day
-- all of incident_report: whatever joined an incident since then, also what has left it by now
-- parameters: day date, history_day date, first_day date
-- columns: incident_id text, feed text, reports integer
SELECT
    i.incident_id,
    r.feed,
    COUNT(*) AS reports
FROM first_report_as_of AS r
INNER JOIN incident_report_as_of AS i ON r.report_id = i.report_id
WHERE
    r.day >= :history_day
    AND i.incident_id IN (
        SELECT recent.incident_id
        FROM incident_report AS recent
        WHERE recent.linked_on >= :first_day AND recent.linked_on <= :day
    )
GROUP BY i.incident_id, r.feed
ORDER BY i.incident_id, r.feed
