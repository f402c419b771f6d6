-- One row per day and feed that was asked for: what became of its rows.
-- parameters: first_day date, last_day date
-- columns: day date, feed text, outcome text, rows_in integer, new_reports integer, repeats integer,
--   revisions integer, held integer, out_of_area integer, ignored integer
SELECT
    f.day,
    f.feed,
    f.outcome,
    COALESCE(SUM(d.rows_in), 0) AS rows_in,
    COALESCE(SUM(d.new_reports), 0) AS new_reports,
    COALESCE(SUM(d.repeats), 0) AS repeats,
    COALESCE(SUM(d.revisions), 0) AS revisions,
    COALESCE(SUM(d.held), 0) AS held,
    COALESCE(SUM(d.out_of_area), 0) AS out_of_area,
    COALESCE(SUM(d.ignored), 0) AS ignored
FROM feed_day AS f
LEFT JOIN delivery AS d ON f.day = d.day AND f.feed = d.feed AND d.outcome = 'landed'
WHERE f.day >= :first_day AND f.day <= :last_day
GROUP BY f.day, f.feed, f.outcome
ORDER BY f.day, f.feed
