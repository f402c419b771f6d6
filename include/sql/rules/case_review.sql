-- One row per complaint of a complainant (the subject) who has :warn_at of them; an occasion counts once.
-- What others told, and what linking put together, takes nothing from the count: only times that one person gave.
-- as of: day
-- all of report_fact: whom to look at; what is counted of them is as of the day
-- parameters: first_day date, day date, since_day date, most_names integer, since_h number, within_h number,
--   categories text[], apart_h number, warn_at number
-- columns: subject_key text, report_id text, incident_id text, feed text, complainant text, complaints integer
WITH recent AS (
    SELECT DISTINCT complainant
    FROM report_fact
    WHERE day >= :first_day AND day <= :day AND complainant IS NOT NULL
),

told_by AS (
    SELECT
        t.complainant,
        t.caller_surname,
        t.report_id,
        t.incident_id,
        t.feed,
        t.day,
        t.category,
        t.happened_h,
        t.told_h
    FROM recent AS c
    INNER JOIN told_as_of AS t ON c.complainant = t.complainant
    WHERE t.day >= :since_day AND NOT t.is_out_of_area
),

one_person AS (
    SELECT complainant
    FROM told_by
    GROUP BY complainant
    HAVING COUNT(DISTINCT caller_surname) <= :most_names
),

in_order AS (
    SELECT
        t.complainant,
        t.report_id,
        t.incident_id,
        t.feed,
        t.day,
        t.happened_h,
        t.told_h,
        LAG(t.incident_id) OVER (PARTITION BY t.complainant ORDER BY t.happened_h, t.report_id) AS incident_before,
        LAG(t.happened_h) OVER (PARTITION BY t.complainant ORDER BY t.happened_h, t.report_id) AS happened_before_h,
        LAG(t.told_h) OVER (PARTITION BY t.complainant ORDER BY t.happened_h, t.report_id) AS told_before_h
    FROM told_by AS t
    INNER JOIN one_person AS p ON t.complainant = p.complainant
    WHERE
        t.happened_h >= :since_h AND t.told_h - t.happened_h <= :within_h
        AND t.category IN :categories
),

-- The same occasion: within hours of the one before, or told again within hours in other words.
complaint AS (
    SELECT
        complainant,
        report_id,
        incident_id,
        feed,
        day,
        told_h,
        CASE
            WHEN happened_h - happened_before_h < :apart_h THEN 0
            WHEN incident_id = incident_before AND ABS(told_h - told_before_h) < :apart_h THEN 0
            ELSE 1
        END AS is_another
    FROM in_order
),

enough AS (
    SELECT
        complainant,
        SUM(is_another) AS complaints
    FROM complaint
    GROUP BY complainant
    HAVING SUM(is_another) >= :warn_at AND MAX(day) >= :first_day
)

SELECT
    c.complainant AS subject_key,
    c.report_id,
    c.incident_id,
    c.feed,
    c.complainant,
    g.complaints
FROM enough AS g
INNER JOIN complaint AS c ON g.complainant = c.complainant
ORDER BY c.complainant, c.told_h, c.report_id
