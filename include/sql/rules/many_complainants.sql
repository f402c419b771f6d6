-- One row per report by people about one place: within :radius_m of a new report (the subject), whoever heard it.
-- as of: day
-- parameters: first_day date, day date, categories text[], since_day date, since_h number, radius_m number,
--   most_names integer, complainants number
-- columns: subject_key text, report_id text, incident_id text, feed text, complainant text, east_m number,
--   north_m number
WITH fresh AS (
    SELECT
        east_m,
        north_m,
        cell,
        MIN(report_id) AS report_id
    FROM told_as_of
    WHERE
        day >= :first_day
        AND complainant IS NOT NULL AND east_m IS NOT NULL AND NOT is_restricted AND NOT is_out_of_area
        AND category IN :categories
    GROUP BY east_m, north_m, cell
),

near AS (
    SELECT
        f.report_id AS fresh_id,
        f.east_m,
        f.north_m,
        t.report_id,
        t.incident_id,
        t.feed,
        t.complainant,
        t.caller_surname,
        t.told_h
    FROM fresh AS f
    CROSS JOIN neighbour AS n
    INNER JOIN told_as_of AS t ON f.cell + n.cells = t.cell
    WHERE
        t.day >= :since_day AND t.happened_h >= :since_h
        AND t.complainant IS NOT NULL AND NOT t.is_restricted AND NOT t.is_out_of_area
        AND (t.east_m - f.east_m) * (t.east_m - f.east_m)
        + (t.north_m - f.north_m) * (t.north_m - f.north_m) <= :radius_m * :radius_m
        AND t.category IN :categories
),

-- A number under which many names ring is a switchboard's.
switchboard AS (
    SELECT complainant
    FROM near
    GROUP BY complainant
    HAVING COUNT(DISTINCT caller_surname) > :most_names
),

people AS (
    SELECT
        n.fresh_id,
        n.east_m,
        n.north_m,
        n.report_id,
        n.incident_id,
        n.feed,
        n.complainant,
        n.told_h
    FROM near AS n
    LEFT JOIN switchboard AS s ON n.complainant = s.complainant
    WHERE s.complainant IS NULL
),

enough AS (
    SELECT fresh_id
    FROM people
    GROUP BY fresh_id
    HAVING COUNT(DISTINCT complainant) >= :complainants
)

SELECT
    p.fresh_id AS subject_key,
    p.report_id,
    p.incident_id,
    p.feed,
    p.complainant,
    p.east_m,
    p.north_m
FROM enough AS g
INNER JOIN people AS p ON g.fresh_id = p.fresh_id
ORDER BY p.fresh_id, p.told_h, p.report_id
