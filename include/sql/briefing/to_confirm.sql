-- One row: pairs of public incidents that may be one, asked about on the covered days and not answered.
-- parameters: first_day date, day date
-- columns: pairs integer
SELECT COUNT(*) AS pairs
FROM link_question AS q
LEFT JOIN link_decision AS d
    ON (q.report_a = d.report_a AND q.report_b = d.report_b) OR (q.report_a = d.report_b AND q.report_b = d.report_a)
WHERE
    q.asked_on >= :first_day AND q.asked_on <= :day AND NOT q.is_restricted AND q.kind = 'merge'
    AND d.decision_number IS NULL
