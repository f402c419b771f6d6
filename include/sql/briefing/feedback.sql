-- One row: people who told us something since :history_day and wait to hear what was done, and since when the first.
-- as of: day
-- parameters: day date, history_day date
-- columns: owed integer, oldest_day date
SELECT
    COUNT(DISTINCT COALESCE(r.caller_key, r.report_id)) AS owed,
    MIN(r.day) AS oldest_day
FROM report_as_of AS r
LEFT JOIN feedback AS f ON r.report_id = f.report_id AND f.given_on < :day
WHERE
    r.day >= :history_day AND r.wants_feedback AND NOT r.is_anonymous
    AND NOT r.is_restricted AND NOT r.is_out_of_area
    AND f.report_id IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM incident_report_as_of AS own
        INNER JOIN incident_report_as_of AS i ON own.incident_id = i.incident_id
        INNER JOIN report_as_of AS other ON i.report_id = other.report_id AND other.is_restricted
        WHERE own.report_id = r.report_id
    )
