-- One row per incident, as it stands on :day, and tasking that was proposed for it before. One that its briefing took
-- back and that nobody had touched does not count.
-- as of: day
-- all of incident_report: the incident of a tasking may be part of another by now
-- parameters: day date
-- columns: incident_id text, tasking_id text
SELECT DISTINCT
    i.incident_id,
    t.tasking_id
FROM tasking AS t
INNER JOIN incident_report AS had ON t.incident_id = had.incident_id
INNER JOIN incident_report_as_of AS i ON had.report_id = i.report_id
WHERE
    t.proposed_on < :day AND had.linked_on <= :day
    AND (
        t.withdrawn_on IS NULL OR t.withdrawn_on > :day
        OR EXISTS (
            SELECT 1
            FROM step AS s
            WHERE s.subject_id = t.tasking_id AND s.day < :day
        )
    )
ORDER BY i.incident_id, t.tasking_id
