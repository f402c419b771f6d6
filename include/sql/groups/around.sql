-- One row per zone (place, ring, elsewhere): public incidents of :categories, told of from :since_day to :until_day.
-- as of: now
-- parameters: since_day date, until_day date, categories text[], east_m number, north_m number, radius_m number,
--   ring_m number
-- columns: zone text, incidents integer
WITH incident AS (
    SELECT
        incident_id,
        AVG(east_m) AS east_m,
        AVG(north_m) AS north_m
    FROM first_told_as_of
    WHERE
        day >= :since_day AND day < :until_day
        AND NOT is_restricted AND NOT is_out_of_area AND east_m IS NOT NULL
        AND category IN :categories
        AND incident_id NOT IN (
            SELECT hidden.incident_id
            FROM told_as_of AS hidden
            WHERE hidden.is_restricted
        )
    GROUP BY incident_id
),

placed AS (
    SELECT (east_m - :east_m) * (east_m - :east_m) + (north_m - :north_m) * (north_m - :north_m) AS apart_squared
    FROM incident
),

zoned AS (
    SELECT
        CASE
            WHEN apart_squared <= :radius_m * :radius_m THEN 'place'
            WHEN apart_squared <= :ring_m * :ring_m THEN 'ring'
            ELSE 'elsewhere'
        END AS zone
    FROM placed
)

SELECT
    zone,
    COUNT(*) AS incidents
FROM zoned
GROUP BY zone
ORDER BY zone
