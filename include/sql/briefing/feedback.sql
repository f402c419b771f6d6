-- One row: people who want to hear back about what they told us in the covered days.
SELECT COUNT(*) AS owed
FROM report
WHERE
    day >= :first_day AND day <= :day AND wants_feedback AND NOT is_restricted AND NOT is_out_of_area
    AND (superseded_on IS NULL OR superseded_on > :day)
