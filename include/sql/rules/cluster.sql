-- One row per report of a cluster: incidents within :radius_m of one of them (the subject), in :window_h up to one.
-- as of: day
-- parameters: since_day date, day date, categories text[], cell_m integer, radius_m number, incidents number,
--   first_day date, window_h number, usual_since_day date, usual_until_day date
-- columns: subject_key text, report_id text, incident_id text, feed text, complainant text, east_m number,
--   north_m number, usual_incidents integer
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

placed AS MATERIALIZED (
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
        middle.incident_id AS middle_id,
        middle.east_m,
        middle.north_m,
        other.incident_id,
        other.happened_h,
        other.last_day,
        (other.east_m - middle.east_m) * (other.east_m - middle.east_m)
        + (other.north_m - middle.north_m) * (other.north_m - middle.north_m) AS apart_squared,
        :radius_m + CASE WHEN middle.slack_m > other.slack_m THEN middle.slack_m ELSE other.slack_m END AS reach_m
    FROM placed AS middle
    CROSS JOIN neighbour AS n
    INNER JOIN placed AS other
        ON middle.cell + n.cells = other.cell
),

near AS MATERIALIZED (
    SELECT
        middle_id,
        east_m,
        north_m,
        incident_id,
        happened_h,
        last_day
    FROM pairs
    WHERE apart_squared <= reach_m * reach_m
),

promising AS (
    SELECT
        middle_id,
        east_m,
        north_m
    FROM near
    GROUP BY middle_id, east_m, north_m
    HAVING COUNT(*) >= :incidents AND MAX(last_day) >= :first_day
),

-- How much each stretch of time holds that ends with an incident near the middle.
stretches AS MATERIALIZED (
    SELECT
        p.middle_id,
        p.east_m,
        p.north_m,
        newest.happened_h AS until_h,
        COUNT(DISTINCT other.incident_id) AS incidents
    FROM promising AS p
    INNER JOIN near AS newest ON p.middle_id = newest.middle_id
    INNER JOIN near AS other
        ON
            p.middle_id = other.middle_id
            AND newest.happened_h >= other.happened_h AND newest.happened_h - :window_h < other.happened_h
    GROUP BY p.middle_id, p.east_m, p.north_m, newest.happened_h
    HAVING COUNT(DISTINCT other.incident_id) >= :incidents AND MAX(other.last_day) >= :first_day
),

fullest AS (
    SELECT
        middle_id,
        MAX(incidents) AS incidents
    FROM stretches
    GROUP BY middle_id
),

-- Of those that hold most, the latest.
best AS MATERIALIZED (
    SELECT
        s.middle_id,
        s.east_m,
        s.north_m,
        MAX(s.until_h) AS until_h,
        CAST(ROUND(s.east_m) AS INTEGER) / :cell_m * 100000 + CAST(ROUND(s.north_m) AS INTEGER) / :cell_m AS cell
    FROM stretches AS s
    INNER JOIN fullest AS f ON s.middle_id = f.middle_id AND s.incidents = f.incidents
    GROUP BY s.middle_id, s.east_m, s.north_m
),

past AS MATERIALIZED (
    SELECT
        incident_id,
        east_m,
        north_m,
        cell
    FROM told_as_of
    WHERE
        day >= :usual_since_day AND day < :usual_until_day
        AND NOT is_restricted AND NOT is_out_of_area AND east_m IS NOT NULL
        AND category IN :categories
),

usual AS MATERIALIZED (
    SELECT
        b.middle_id,
        COUNT(DISTINCT past.incident_id) AS incidents
    FROM best AS b
    CROSS JOIN neighbour AS n
    INNER JOIN past ON b.cell + n.cells = past.cell
    WHERE
        (past.east_m - b.east_m) * (past.east_m - b.east_m)
        + (past.north_m - b.north_m) * (past.north_m - b.north_m) <= :radius_m * :radius_m
    GROUP BY b.middle_id
),

gathered AS MATERIALIZED (
    SELECT
        b.middle_id,
        b.east_m,
        b.north_m,
        o.incident_id
    FROM best AS b
    INNER JOIN near AS o
        ON b.middle_id = o.middle_id AND b.until_h >= o.happened_h AND b.until_h - :window_h < o.happened_h
),

spoken AS MATERIALIZED (
    SELECT
        report_id,
        incident_id,
        feed,
        complainant,
        told_h
    FROM told_as_of
    WHERE day >= :since_day
)

SELECT
    g.middle_id AS subject_key,
    s.report_id,
    s.incident_id,
    s.feed,
    s.complainant,
    g.east_m,
    g.north_m,
    COALESCE(u.incidents, 0) AS usual_incidents
FROM gathered AS g
INNER JOIN spoken AS s ON g.incident_id = s.incident_id
LEFT JOIN usual AS u ON g.middle_id = u.middle_id
ORDER BY g.middle_id, s.told_h, s.report_id
