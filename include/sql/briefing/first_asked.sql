-- One row per feed that was ever asked for: the first day for which it was.
-- parameters: day date
-- columns: feed text, first_day date
SELECT
    feed,
    MIN(day) AS first_day
FROM feed_day
WHERE day <= :day
GROUP BY feed
ORDER BY feed
