-- One row per feed and covered day: how it stands, and what became of its rows.
-- parameters: first_day date, day date
-- columns: feed text, day date, outcome text, reason text, asked_at time, rows_in integer, new_reports integer,
--   repeats integer, revisions integer, held integer, out_of_area integer, ignored integer
SELECT
    f.feed,
    f.day,
    f.outcome,
    f.reason,
    f.asked_at,
    COALESCE(SUM(d.rows_in), 0) AS rows_in,
    COALESCE(SUM(d.new_reports), 0) AS new_reports,
    COALESCE(SUM(d.repeats), 0) AS repeats,
    COALESCE(SUM(d.revisions), 0) AS revisions,
    COALESCE(SUM(d.held), 0) AS held,
    COALESCE(SUM(d.out_of_area), 0) AS out_of_area,
    COALESCE(SUM(d.ignored), 0) AS ignored
FROM feed_day AS f
LEFT JOIN delivery AS d ON f.day = d.day AND f.feed = d.feed AND d.outcome = 'landed'
WHERE f.day >= :first_day AND f.day <= :day
GROUP BY f.feed, f.day, f.outcome, f.reason, f.asked_at
ORDER BY f.feed, f.day
