-- One row: people who told us something since :history_day and wait to hear what was done, and since when the first.
-- parameters: day date, history_day date
-- columns: owed integer, oldest_day date
SELECT
    COUNT(DISTINCT COALESCE(r.caller_key, r.report_id)) AS owed,
    MIN(r.day) AS oldest_day
FROM report AS r
LEFT JOIN feedback AS f ON r.report_id = f.report_id AND f.given_on < :day
WHERE
    r.day >= :history_day AND r.day <= :day AND r.wants_feedback AND NOT r.is_anonymous
    AND NOT r.is_restricted AND NOT r.is_out_of_area
    AND (r.superseded_on IS NULL OR r.superseded_on > :day)
    AND f.report_id IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM incident_report AS own
        INNER JOIN incident_report AS i
            ON own.incident_id = i.incident_id AND i.linked_on <= :day AND (i.left_on IS NULL OR i.left_on > :day)
        INNER JOIN report AS other
            ON
                i.report_id = other.report_id AND other.is_restricted AND other.day <= :day
                AND (other.superseded_on IS NULL OR other.superseded_on > :day)
        WHERE own.report_id = r.report_id AND own.linked_on <= :day AND (own.left_on IS NULL OR own.left_on > :day)
    )
