-- One row per feed: public reports of :categories from it, first reported from :since_day to before :until_day.
-- as of: now
-- parameters: since_day date, until_day date, categories text[]
-- columns: feed text, reports integer
SELECT
    feed,
    COUNT(DISTINCT report_id) AS reports
FROM first_told_as_of
WHERE
    day >= :since_day AND day < :until_day
    AND NOT is_restricted AND NOT is_out_of_area
    AND category IN :categories
GROUP BY feed
ORDER BY feed
