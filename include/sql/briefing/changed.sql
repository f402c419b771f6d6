-- One row per feed: reports that changed, and reports that came late, in the deliveries of the covered days.
-- all of report: the revisions themselves are counted
-- parameters: window_from time, first_day date, day date
-- columns: feed text, changed integer, late integer
SELECT
    feed,
    SUM(CASE WHEN revision > 1 THEN 1 ELSE 0 END) AS changed,
    SUM(CASE WHEN revision = 1 AND received_at < :window_from THEN 1 ELSE 0 END) AS late
FROM report
WHERE day >= :first_day AND day <= :day
GROUP BY feed
ORDER BY feed
