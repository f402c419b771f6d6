-- One row per feed that ever landed: the last day up to :day on which it did.
-- parameters: day date
-- columns: feed text, last_day date
SELECT
    feed,
    MAX(day) AS last_day
FROM feed_day
WHERE outcome IN ('landed', 'landed_in_part') AND day <= :day
GROUP BY feed
ORDER BY feed
