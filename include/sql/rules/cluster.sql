-- One row per report of a cluster: incidents within :radius_m of one of them (the subject), in :window_h up to one.
WITH recent AS (
    SELECT
        incident_id,
        CAST(ROUND(SUM(east_m * 1.0 / (1 + slack_m)) / SUM(1.0 / (1 + slack_m))) AS INTEGER) AS east_m,
        CAST(ROUND(SUM(north_m * 1.0 / (1 + slack_m)) / SUM(1.0 / (1 + slack_m))) AS INTEGER) AS north_m,
        MIN(happened_h) AS happened_h,
        MAX(day) AS last_day,
        MIN(slack_m) AS slack_m
    FROM told
    WHERE
        day >= :since_day AND day <= :day AND linked_on <= :day AND (left_on IS NULL OR left_on > :day)
        AND (superseded_on IS NULL OR superseded_on > :day)
    GROUP BY incident_id
    HAVING
        SUM(CASE WHEN is_restricted THEN 1 ELSE 0 END) = 0
        AND SUM(CASE WHEN is_out_of_area THEN 0 ELSE 1 END) > 0
        AND SUM(CASE WHEN category IN :categories THEN 1 ELSE 0 END) > 0
        AND COUNT(east_m) > 0
),

placed AS (
    SELECT
        incident_id,
        happened_h,
        last_day,
        east_m,
        north_m,
        slack_m,
        east_m / :cell_m AS cell_east,
        north_m / :cell_m AS cell_north
    FROM recent
),

pairs AS (
    SELECT
        middle.incident_id AS middle_id,
        other.incident_id,
        other.happened_h,
        other.last_day,
        (other.east_m - middle.east_m) * (other.east_m - middle.east_m)
        + (other.north_m - middle.north_m) * (other.north_m - middle.north_m) AS apart_squared,
        :radius_m + CASE WHEN middle.slack_m > other.slack_m THEN middle.slack_m ELSE other.slack_m END AS reach_m
    FROM placed AS middle
    CROSS JOIN neighbour AS n
    INNER JOIN placed AS other
        ON middle.cell_east + n.by_east = other.cell_east AND middle.cell_north + n.by_north = other.cell_north
),

near AS (
    SELECT
        middle_id,
        incident_id,
        happened_h,
        last_day
    FROM pairs
    WHERE apart_squared <= reach_m * reach_m
),

promising AS (
    SELECT middle_id
    FROM near
    GROUP BY middle_id
    HAVING COUNT(*) >= :incidents AND MAX(last_day) >= :first_day
),

-- Of every stretch of time that ends with an incident near the middle, the one that holds most.
stretches AS (
    SELECT
        p.middle_id,
        newest.happened_h AS until_h,
        ROW_NUMBER() OVER (
            PARTITION BY p.middle_id ORDER BY COUNT(*) DESC, newest.happened_h DESC, newest.incident_id ASC
        ) AS place_in_line
    FROM promising AS p
    INNER JOIN near AS newest ON p.middle_id = newest.middle_id
    INNER JOIN near AS other
        ON
            p.middle_id = other.middle_id
            AND newest.happened_h >= other.happened_h AND newest.happened_h - :window_h < other.happened_h
    GROUP BY p.middle_id, newest.incident_id, newest.happened_h
    HAVING COUNT(*) >= :incidents AND MAX(other.last_day) >= :first_day
),

best AS (
    SELECT
        s.middle_id,
        s.until_h,
        m.east_m,
        m.north_m,
        m.cell_east,
        m.cell_north
    FROM stretches AS s
    INNER JOIN placed AS m ON s.middle_id = m.incident_id
    WHERE s.place_in_line = 1
),

usual AS (
    SELECT
        b.middle_id,
        COUNT(DISTINCT past.incident_id) AS incidents
    FROM best AS b
    CROSS JOIN neighbour AS n
    INNER JOIN told AS past
        ON b.cell_east + n.by_east = past.cell_east AND b.cell_north + n.by_north = past.cell_north
    WHERE
        past.day >= :usual_since_day AND past.day < :usual_until_day
        AND past.linked_on <= :day AND (past.left_on IS NULL OR past.left_on > :day)
        AND (past.superseded_on IS NULL OR past.superseded_on > :day)
        AND NOT past.is_restricted AND NOT past.is_out_of_area
        AND (past.east_m - b.east_m) * (past.east_m - b.east_m)
        + (past.north_m - b.north_m) * (past.north_m - b.north_m) <= :radius_m * :radius_m
        AND past.category IN :categories
    GROUP BY b.middle_id
)

SELECT
    b.middle_id AS subject_key,
    t.report_id,
    t.incident_id,
    t.feed,
    t.complainant,
    b.east_m,
    b.north_m,
    COALESCE(u.incidents, 0) AS usual_incidents
FROM best AS b
INNER JOIN near AS o ON b.middle_id = o.middle_id AND b.until_h >= o.happened_h AND b.until_h - :window_h < o.happened_h
INNER JOIN told AS t ON o.incident_id = t.incident_id
LEFT JOIN usual AS u ON b.middle_id = u.middle_id
WHERE
    t.day >= :since_day AND t.day <= :day AND t.linked_on <= :day AND (t.left_on IS NULL OR t.left_on > :day)
    AND (t.superseded_on IS NULL OR t.superseded_on > :day)
ORDER BY b.middle_id, t.told_h, t.report_id
