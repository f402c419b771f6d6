-- One row per report of incidents of domestic abuse about a person (the subject): on :occasions, or at high risk once.
-- as of: day
-- parameters: first_day date, day date, since_day date, since_h number, apart_h number, occasions number,
--   categories text[]
-- columns: subject_key text, report_id text, incident_id text, feed text, complainant text, occasions integer,
--   high_risk integer
WITH fresh AS (
    SELECT DISTINCT
        t.incident_id,
        COALESCE(t.person, t.incident_id) AS subject
    FROM told_as_of AS t
    INNER JOIN report_as_of AS r ON t.report_id = r.report_id
    WHERE
        t.day >= :first_day
        AND NOT t.is_out_of_area AND (t.person IS NOT NULL OR t.is_high_risk)
        AND (t.category IN :categories OR r.sensitivity = 'domestic_abuse')
),

about AS (
    SELECT
        f.subject,
        f.incident_id
    FROM fresh AS f
    UNION
    SELECT
        f.subject,
        t.incident_id
    FROM fresh AS f
    INNER JOIN told_as_of AS t ON f.subject = t.person
    INNER JOIN report_as_of AS r ON t.report_id = r.report_id
    WHERE
        t.day >= :since_day AND t.happened_h >= :since_h
        AND (t.category IN :categories OR r.sensitivity = 'domestic_abuse')
),

spoken AS (
    SELECT
        a.subject,
        t.report_id,
        t.incident_id,
        t.feed,
        t.complainant,
        t.told_h,
        t.happened_h,
        t.is_high_risk
    FROM about AS a
    INNER JOIN told_as_of AS t ON a.incident_id = t.incident_id
    WHERE t.day >= :since_day
),

in_order AS (
    SELECT
        subject,
        is_high_risk,
        happened_h - LAG(happened_h) OVER (PARTITION BY subject ORDER BY happened_h, report_id) AS since_before_h
    FROM spoken
),

-- What is told by several on one day is one occasion, whether or not linking has put it together.
enough AS (
    SELECT
        subject,
        SUM(CASE WHEN since_before_h < :apart_h THEN 0 ELSE 1 END) AS occasions,
        SUM(CASE WHEN is_high_risk THEN 1 ELSE 0 END) AS high_risk
    FROM in_order
    GROUP BY subject
),

several AS (
    SELECT
        e.subject,
        e.occasions,
        e.high_risk
    FROM enough AS e
    INNER JOIN spoken AS s ON e.subject = s.subject
    GROUP BY e.subject, e.occasions, e.high_risk
    HAVING (e.occasions >= :occasions AND COUNT(DISTINCT s.incident_id) >= :occasions) OR e.high_risk > 0
)

SELECT
    s.subject AS subject_key,
    s.report_id,
    s.incident_id,
    s.feed,
    s.complainant,
    g.occasions,
    g.high_risk
FROM several AS g
INNER JOIN spoken AS s ON g.subject = s.subject
ORDER BY s.subject, s.told_h, s.report_id
