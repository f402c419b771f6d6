-- One row per held row that still waits for a person.
-- parameters: first_day date, last_day date
-- columns: day date, feed text, source_ref text, row_number integer, reason text, held_id text
SELECT
    day,
    feed,
    source_ref,
    row_number,
    reason,
    held_id
FROM held
WHERE day >= :first_day AND day <= :last_day AND state = 'held'
ORDER BY day, feed, row_number
