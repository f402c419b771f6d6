-- One row per public incident of :categories, first reported from :since_day to before :until_day, with its spot.
-- `%` for :concept stands for any incident, else for those whose report names that concept.
-- as of: now
-- parameters: since_day date, until_day date, categories text[], concept text
-- columns: incident_id text, on_day date, east_m number, north_m number
SELECT
    incident_id,
    MIN(day) AS on_day,
    AVG(east_m) AS east_m,
    AVG(north_m) AS north_m
FROM first_told_as_of
WHERE
    day >= :since_day AND day < :until_day
    AND NOT is_restricted AND NOT is_out_of_area AND east_m IS NOT NULL
    AND category IN :categories AND COALESCE(concepts, '') LIKE :concept
    AND incident_id NOT IN (
        SELECT hidden.incident_id
        FROM told_as_of AS hidden
        WHERE hidden.is_restricted
    )
GROUP BY incident_id
ORDER BY incident_id
