-- One row per held row that still waits for a person.
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
