-- One row per feed and reason: rows of the covered days that wait for a person.
SELECT
    feed,
    reason,
    COUNT(*) AS held_rows
FROM held
WHERE day >= :first_day AND day <= :day AND state = 'held'
GROUP BY feed, reason
ORDER BY feed, reason
