-- One row per category (the subject) and day since :usual_since_day: public incidents first told of on that day.
-- as of: day
-- parameters: usual_since_day date, day date
-- columns: subject_key text, on_day date, incidents integer
WITH incident AS (
    SELECT
        incident_id,
        MIN(day) AS on_day,
        MIN(category) AS category
    FROM first_told_as_of
    WHERE day >= :usual_since_day
    GROUP BY incident_id
    HAVING
        SUM(CASE WHEN is_restricted THEN 1 ELSE 0 END) < 1
        AND SUM(CASE WHEN is_out_of_area THEN 0 ELSE 1 END) > 0
)

SELECT
    category AS subject_key,
    on_day,
    COUNT(*) AS incidents
FROM incident
GROUP BY category, on_day
ORDER BY category, on_day
