-- One row per delivery of the days that landed: its signals, as a JSON list.
SELECT
    day,
    feed,
    notes
FROM delivery
WHERE day >= :first_day AND day <= :last_day AND outcome = 'landed'
ORDER BY day, feed
