-- One row per day and feed that was asked for: how it ended, and what came. A file that landed in part has landed too;
-- what came of an earlier day gives a feed that is missing no time.
-- parameters: first_day date, last_day date
-- columns: day date, feed text, outcome text, reason text, files integer, rows_in integer, landed_at time
SELECT
    f.day,
    f.feed,
    f.outcome,
    f.reason,
    COUNT(d.delivery_id) AS files,
    COALESCE(SUM(d.rows_in), 0) AS rows_in,
    MIN(
        CASE WHEN f.outcome IN ('landed', 'landed_in_part') AND d.outcome = 'landed' THEN d.received_at END
    ) AS landed_at
FROM feed_day AS f
LEFT JOIN delivery AS d ON f.day = d.day AND f.feed = d.feed
WHERE f.day >= :first_day AND f.day <= :last_day
GROUP BY f.day, f.feed, f.outcome, f.reason
ORDER BY f.day, f.feed
