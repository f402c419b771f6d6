-- One row per report of crimes of a kind near a new one (the subject): within :radius_m and :window_h, another night.
-- as of: day
-- parameters: since_day date, day date, categories text[], cell_m integer, radius_m number, first_day date,
--   apart_h number, window_h number, incidents number
-- columns: subject_key text, report_id text, incident_id text, feed text, complainant text, east_m number,
--   north_m number
WITH recent AS (
    SELECT
        incident_id,
        SUM(east_m / (1 + slack_m)) / SUM(1.0 / (1 + slack_m)) AS east_m,
        SUM(north_m / (1 + slack_m)) / SUM(1.0 / (1 + slack_m)) AS north_m,
        MIN(happened_h) AS happened_h,
        MAX(day) AS last_day,
        MIN(slack_m) AS slack_m
    FROM told_as_of
    WHERE day >= :since_day
    GROUP BY incident_id
    HAVING
        SUM(CASE WHEN is_restricted THEN 1 ELSE 0 END) < 1
        AND SUM(CASE WHEN is_out_of_area THEN 0 ELSE 1 END) > 0
        AND SUM(CASE WHEN category IN :categories THEN 1 ELSE 0 END) > 0
),

placed AS (
    SELECT
        incident_id,
        happened_h,
        last_day,
        east_m,
        north_m,
        slack_m,
        CAST(ROUND(east_m) AS INTEGER) / :cell_m * 100000 + CAST(ROUND(north_m) AS INTEGER) / :cell_m AS cell
    FROM recent
),

pairs AS (
    SELECT
        fresh.incident_id AS fresh_id,
        fresh.east_m,
        fresh.north_m,
        other.incident_id,
        ABS(other.happened_h - fresh.happened_h) AS hours,
        (other.east_m - fresh.east_m) * (other.east_m - fresh.east_m)
        + (other.north_m - fresh.north_m) * (other.north_m - fresh.north_m) AS apart_squared,
        :radius_m + CASE WHEN fresh.slack_m > other.slack_m THEN fresh.slack_m ELSE other.slack_m END AS reach_m
    FROM placed AS fresh
    CROSS JOIN neighbour AS n
    INNER JOIN placed AS other
        ON fresh.cell + n.cells = other.cell
    WHERE fresh.last_day >= :first_day
),

near AS (
    SELECT
        fresh_id,
        incident_id,
        east_m,
        north_m
    FROM pairs
    WHERE
        apart_squared <= reach_m * reach_m
        AND (incident_id = fresh_id OR (hours >= :apart_h AND hours < :window_h))
),

enough AS (
    SELECT fresh_id
    FROM near
    GROUP BY fresh_id
    HAVING COUNT(*) >= :incidents
)

SELECT
    o.fresh_id AS subject_key,
    t.report_id,
    t.incident_id,
    t.feed,
    t.complainant,
    o.east_m,
    o.north_m
FROM enough AS g
INNER JOIN near AS o ON g.fresh_id = o.fresh_id
INNER JOIN told_as_of AS t ON o.incident_id = t.incident_id
WHERE t.day >= :since_day
ORDER BY o.fresh_id, t.told_h, t.report_id
