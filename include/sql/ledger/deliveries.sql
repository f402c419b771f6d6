-- One row per delivery of the days that landed.
SELECT delivery_id
FROM delivery
WHERE day >= :first_day AND day <= :last_day AND outcome = 'landed'
ORDER BY delivery_id
