-- One row per open tasking (the subject) that has been overdue by :meetings meetings :times times.
-- parameters: day date, late_day date, late_twice_day date, times number
-- columns: subject_key text, report_id text, incident_id text, feed text, complainant text, overdue integer
WITH standing AS (
    SELECT
        t.tasking_id,
        MAX(COALESCE(s.due_on, t.due_on)) AS due_on,
        SUM(CASE WHEN s.verb = 'carry late' THEN 1 ELSE 0 END) AS times_before,
        SUM(CASE WHEN s.verb IN ('done', 'drop', 'reject') THEN 1 ELSE 0 END) AS ends,
        SUM(CASE WHEN s.verb IN ('take', 'approve', 'assign', 'carry', 'carry late') THEN 1 ELSE 0 END) AS starts
    FROM tasking AS t
    LEFT JOIN proposal AS p ON t.proposal_id = p.proposal_id
    LEFT JOIN step AS s
        ON
            t.tasking_id = s.subject_id AND s.day < :day AND s.undoes IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM step AS back
                WHERE back.subject_id = s.subject_id AND back.undoes = s.number AND back.day < :day
            )
    WHERE t.proposed_on <= :day AND NOT t.is_restricted AND (p.is_restricted IS NULL OR NOT p.is_restricted)
    GROUP BY t.tasking_id
)

SELECT
    tasking_id AS subject_key,
    NULL AS report_id,
    NULL AS incident_id,
    NULL AS feed,
    NULL AS complainant,
    times_before
    + CASE WHEN due_on <= :late_day THEN 1 ELSE 0 END
    + CASE WHEN due_on <= :late_twice_day THEN 1 ELSE 0 END AS overdue
FROM standing
WHERE
    ends = 0 AND starts > 0
    AND times_before
    + CASE WHEN due_on <= :late_day THEN 1 ELSE 0 END
    + CASE WHEN due_on <= :late_twice_day THEN 1 ELSE 0 END >= :times
ORDER BY tasking_id
