-- One row per delivery of the days that landed.
-- parameters: first_day date, last_day date
-- columns: delivery_id text
SELECT delivery_id
FROM delivery
WHERE day >= :first_day AND day <= :last_day AND outcome = 'landed'
ORDER BY delivery_id
