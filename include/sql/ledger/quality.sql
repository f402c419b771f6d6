-- One row per expectation and delivery: how it fared.
-- parameters: first_day date, last_day date
-- columns: day date, feed text, expectation text, severity text, checked integer, failed integer,
--   is_met boolean, suite text, file_name text
SELECT
    v.day,
    v.feed,
    v.expectation,
    v.severity,
    v.checked,
    v.failed,
    v.is_met,
    v.suite,
    d.file_name
FROM validation_result AS v
INNER JOIN delivery AS d ON v.delivery_id = d.delivery_id
WHERE v.day >= :first_day AND v.day <= :last_day
ORDER BY v.day, v.feed, d.file_name, v.delivery_id, v.suite, v.expectation
