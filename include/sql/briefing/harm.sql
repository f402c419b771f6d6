-- One row per report of incidents that have a report since :history_day: what their harm is judged by. `is_restricted`
-- is of the incident: by any report of it, however old.
-- as of: day
-- all of report: the first revision of a report may have come with a later day's delivery
-- all of report_fact: of the revision in force
-- parameters: day date, history_day date
-- columns: incident_id text, report_id text, feed text, category text, asb_kind text, priority_text text,
--   is_vulnerable boolean, is_out_of_area boolean, place_name text, town text, occurred_from time, received_at time,
--   first_day date, harm text, act_by date, copy_key text, is_restricted boolean
SELECT
    i.incident_id,
    r.report_id,
    r.feed,
    r.category,
    r.asb_kind,
    r.priority_text,
    r.is_vulnerable,
    r.is_out_of_area,
    r.place_name,
    r.town,
    r.occurred_from,
    r.received_at,
    first_told.day AS first_day,
    f.harm,
    f.act_by,
    f.copy_key,
    r.is_restricted OR EXISTS (
        SELECT 1
        FROM incident_report_as_of AS older
        INNER JOIN report_as_of AS hidden ON older.report_id = hidden.report_id AND hidden.is_restricted
        WHERE older.incident_id = i.incident_id
    ) AS is_restricted
FROM report_as_of AS r
INNER JOIN report AS first_told ON r.report_id = first_told.report_id AND first_told.revision = 1
INNER JOIN incident_report_as_of AS i ON r.report_id = i.report_id
LEFT JOIN report_fact AS f ON r.report_id = f.report_id AND r.revision = f.revision
WHERE r.day >= :history_day
ORDER BY i.incident_id, r.received_at, r.report_id
