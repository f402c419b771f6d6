-- One row per day since :history_day: how many of :feeds landed.
-- parameters: history_day date, first_day date, feeds text[]
-- columns: day date, landed integer
SELECT
    day,
    COUNT(*) AS landed
FROM feed_day
WHERE day >= :history_day AND day < :first_day AND outcome = 'landed' AND feed IN :feeds
GROUP BY day
ORDER BY day
