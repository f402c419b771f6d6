-- One row: the people to contact as of a day, the reports they made, how many are overdue when the meeting starts and
-- how many are due by the end of the day. A person is as late as their earliest report.
-- Restricted reports are not counted.
-- as of: day
-- parameters: day date, overdue_before time, due_before time
-- columns: people integer, reports integer, overdue integer, due_today integer, oldest_received_at time
WITH owed AS (
    SELECT
        COALESCE(r.caller_key, r.report_id) AS person,
        COUNT(*) AS reports,
        MIN(r.received_at) AS first_received_at
    FROM report_as_of AS r
    WHERE
        r.wants_feedback AND NOT r.is_anonymous
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
    GROUP BY COALESCE(r.caller_key, r.report_id)
)

SELECT
    COUNT(*) AS people,
    COALESCE(SUM(owed.reports), 0) AS reports,
    COALESCE(SUM(CASE WHEN owed.first_received_at < :overdue_before THEN 1 ELSE 0 END), 0) AS overdue,
    COALESCE(
        SUM(
            CASE
                WHEN owed.first_received_at >= :overdue_before AND owed.first_received_at < :due_before THEN 1
                ELSE 0
            END
        ), 0
    ) AS due_today,
    MIN(owed.first_received_at) AS oldest_received_at
FROM owed
