-- One row per day from :since_day to before :until_day on which :at_least of :feeds landed.
-- parameters: since_day date, until_day date, feeds text[], at_least integer
-- columns: on_day date
SELECT day AS on_day
FROM feed_day
WHERE
    day >= :since_day AND day < :until_day
    AND outcome = 'landed' AND feed IN :feeds
GROUP BY day
HAVING COUNT(*) >= :at_least
ORDER BY day
