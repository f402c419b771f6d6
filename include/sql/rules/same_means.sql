-- One row per report of a public incident of :categories, one of whose reports names :concept, since :usual_since_day.
-- as of: day
-- parameters: usual_since_day date, day date, categories text[], concept text
-- columns: subject_key text, report_id text, incident_id text, feed text, complainant text, category text,
--   on_day date, happened_h number, east_m number, north_m number
WITH named AS (
    SELECT DISTINCT incident_id
    FROM told_as_of
    WHERE day >= :usual_since_day AND category IN :categories AND concepts LIKE :concept
),

everybodys AS (
    SELECT t.incident_id
    FROM named AS n
    INNER JOIN told_as_of AS t ON n.incident_id = t.incident_id
    GROUP BY t.incident_id
    HAVING
        SUM(CASE WHEN t.is_restricted THEN 1 ELSE 0 END) < 1
        AND SUM(CASE WHEN t.is_out_of_area THEN 0 ELSE 1 END) > 0
)

SELECT
    t.incident_id AS subject_key,
    t.report_id,
    t.incident_id,
    t.feed,
    t.complainant,
    t.category,
    t.day AS on_day,
    t.happened_h,
    t.east_m,
    t.north_m
FROM everybodys AS e
INNER JOIN told_as_of AS t ON e.incident_id = t.incident_id
ORDER BY t.told_h, t.report_id
