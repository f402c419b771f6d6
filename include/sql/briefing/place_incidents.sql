-- One row per public incident at :place since :history_day, the oldest first.
WITH told AS (
    SELECT
        i.incident_id,
        r.report_id,
        r.place_name,
        r.category,
        r.occurred_from,
        r.is_occurred_time_known,
        r.received_at,
        r.is_restricted,
        ROW_NUMBER() OVER (PARTITION BY i.incident_id ORDER BY r.received_at, r.report_id) AS place_in_line
    FROM report AS r
    INNER JOIN incident_report AS i
        ON r.report_id = i.report_id AND i.linked_on <= :day AND (i.left_on IS NULL OR i.left_on > :day)
    WHERE
        r.day >= :history_day AND r.day <= :day AND NOT r.is_out_of_area
        AND (r.superseded_on IS NULL OR r.superseded_on > :day)
),

public AS (
    SELECT
        incident_id,
        COUNT(*) AS reports
    FROM told
    GROUP BY incident_id
    HAVING SUM(CASE WHEN is_restricted THEN 1 ELSE 0 END) = 0 AND MIN(place_name) = :place
)

SELECT
    t.category,
    t.occurred_from,
    t.is_occurred_time_known,
    p.reports
FROM public AS p
INNER JOIN told AS t ON p.incident_id = t.incident_id AND t.place_in_line = 1
ORDER BY t.received_at, t.report_id
