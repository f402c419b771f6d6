-- One row per incident first told of since :first_day that may be named in public, as of :day.
-- as of: day
-- all of report: the first revision of a report may have come with a later day's delivery
-- parameters: day date, history_day date, first_day date
-- columns: incident_id text, category text, place_name text, town text, ward text, occurred_from time,
--   is_occurred_time_known boolean, received_at time, reports integer
WITH reported AS (
    SELECT
        i.incident_id,
        r.report_id,
        r.category,
        r.place_name,
        r.town,
        r.ward,
        r.occurred_from,
        r.is_occurred_time_known,
        r.received_at,
        r.is_restricted,
        r.is_out_of_area,
        first_told.day AS first_day,
        ROW_NUMBER() OVER (PARTITION BY i.incident_id ORDER BY r.received_at, r.report_id) AS place_in_line
    FROM report_as_of AS r
    INNER JOIN report AS first_told ON r.report_id = first_told.report_id AND first_told.revision = 1
    INNER JOIN incident_report_as_of AS i ON r.report_id = i.report_id
    WHERE r.day >= :history_day
),

public AS (
    SELECT
        incident_id,
        COUNT(*) AS reports
    FROM reported
    GROUP BY incident_id
    HAVING
        SUM(CASE WHEN is_restricted THEN 1 ELSE 0 END) = 0
        AND SUM(CASE WHEN is_out_of_area THEN 0 ELSE 1 END) > 0
        AND MAX(first_day) >= :first_day
        -- Also by a report from before :history_day.
        AND NOT EXISTS (
            SELECT 1
            FROM incident_report_as_of AS older
            INNER JOIN report_as_of AS hidden ON older.report_id = hidden.report_id AND hidden.is_restricted
            WHERE older.incident_id = reported.incident_id
        )
)

SELECT
    p.incident_id,
    t.category,
    t.place_name,
    t.town,
    t.ward,
    t.occurred_from,
    t.is_occurred_time_known,
    t.received_at,
    p.reports
FROM public AS p
INNER JOIN reported AS t ON p.incident_id = t.incident_id AND t.place_in_line = 1
ORDER BY COALESCE(t.ward, ''), t.received_at, t.report_id
