-- One row per delivery of the days that landed: its signals.
-- parameters: first_day date, last_day date
-- columns: day date, feed text, notes json
SELECT
    day,
    feed,
    notes
FROM delivery
WHERE day >= :first_day AND day <= :last_day AND outcome = 'landed'
ORDER BY day, feed
