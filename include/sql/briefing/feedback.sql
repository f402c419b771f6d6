-- One row: people who reported something since :history_day and are to be contacted, and since when the first.
-- Stored briefings of earlier versions were made from it; follow_ups.sql has no limit of days.
-- as of: day
-- parameters: day date, history_day date
-- columns: owed integer, oldest_day date
SELECT
    COUNT(DISTINCT COALESCE(r.caller_key, r.report_id)) AS owed,
    MIN(r.day) AS oldest_day
FROM report_as_of AS r
WHERE
    r.day >= :history_day AND r.wants_feedback AND NOT r.is_anonymous
    AND NOT r.is_restricted AND NOT r.is_out_of_area
    AND NOT EXISTS (
        SELECT 1
        FROM follow_up_report AS about
        INNER JOIN follow_up AS act ON about.act_number = act.act_number
        WHERE
            about.report_id = r.report_id AND act.is_settled AND act.day < :day
            AND NOT EXISTS (
                SELECT 1
                FROM follow_up AS undo
                WHERE undo.undoes = act.act_number AND undo.day < :day
            )
    )
    AND NOT EXISTS (
        SELECT 1
        FROM incident_report_as_of AS own
        INNER JOIN incident_report_as_of AS i ON own.incident_id = i.incident_id
        INNER JOIN report_as_of AS other ON i.report_id = other.report_id AND other.is_restricted
        WHERE own.report_id = r.report_id
    )
