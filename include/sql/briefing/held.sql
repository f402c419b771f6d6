-- One row per feed and reason: rows of the covered days that wait for a person.
-- parameters: first_day date, day date
-- columns: feed text, reason text, held_rows integer
SELECT
    feed,
    reason,
    COUNT(*) AS held_rows
FROM held
WHERE day >= :first_day AND day <= :day AND state = 'held'
GROUP BY feed, reason
ORDER BY feed, reason
