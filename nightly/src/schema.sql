-- The database of the nights. docs/nightly.md tells the schema and has queries.

CREATE TABLE nights (
    night    TEXT PRIMARY KEY,      -- the same on all machines of one night
    seed     TEXT NOT NULL,         -- of the walks; decimal, may exceed 2^63
    config   TEXT NOT NULL,         -- hash of the configuration
    build    TEXT NOT NULL,         -- hash of the command
    version  TEXT NOT NULL,
    started  INTEGER NOT NULL       -- seconds since 1970, UTC
) STRICT;

CREATE TABLE accepted (
    night    TEXT NOT NULL,
    key      TEXT NOT NULL,         -- a GLOB pattern
    reason   TEXT NOT NULL,
    PRIMARY KEY (night, key)
) STRICT;

CREATE TABLE shards (
    night    TEXT NOT NULL,
    shard    TEXT NOT NULL,         -- k/n
    started  INTEGER NOT NULL,
    finished INTEGER,               -- null: it runs, or was killed
    PRIMARY KEY (night, shard)
) STRICT;

CREATE TABLE planned (
    night    TEXT NOT NULL,
    shard    TEXT NOT NULL,
    part     TEXT NOT NULL,
    units    INTEGER NOT NULL,
    PRIMARY KEY (night, shard, part)
) STRICT;

CREATE TABLE units (
    night    TEXT NOT NULL,
    unit     TEXT NOT NULL,         -- PART/…
    part     TEXT NOT NULL,
    input    TEXT NOT NULL,         -- hash of the files that it read
    seconds  REAL NOT NULL,
    work     INTEGER NOT NULL,      -- states or steps
    cut      INTEGER NOT NULL,      -- 1: the budget ended before it did
    finished INTEGER NOT NULL,
    shard    TEXT NOT NULL,
    PRIMARY KEY (night, unit)
) STRICT;

CREATE TABLE verdicts (
    night    TEXT NOT NULL,
    unit     TEXT NOT NULL,
    key      TEXT NOT NULL,         -- what was judged, the same from night to night
    claim    TEXT NOT NULL,         -- what is broken: keys of one claim are one violation
    property TEXT NOT NULL,
    design   TEXT NOT NULL,
    place    TEXT NOT NULL,         -- scenario, case, trace or schedule
    verdict  TEXT NOT NULL,         -- holds, violated, inconclusive, vacuous, not-broken, panicked
    message  TEXT NOT NULL,
    file     TEXT,
    PRIMARY KEY (night, unit, key)
) STRICT;
CREATE INDEX verdicts_by_key ON verdicts (key, verdict);
CREATE INDEX verdicts_by_claim ON verdicts (claim, verdict);

-- Two machines that say different things of one unit: `merge` finds them.
CREATE TABLE conflicts (
    night    TEXT NOT NULL,
    unit     TEXT NOT NULL,
    key      TEXT NOT NULL,
    verdict  TEXT NOT NULL,         -- in the database that was there first
    other    TEXT NOT NULL,
    PRIMARY KEY (night, unit, key, other)
) STRICT;

-- Every violation, with what was said before of its key (by the last night that decided it) and of
-- its claim.
CREATE VIEW violations_before AS
SELECT v.*, n.started, u.part,
       (SELECT e.verdict FROM verdicts e JOIN nights m USING (night)
        WHERE e.key = v.key AND e.verdict IN ('violated', 'holds', 'not-broken', 'vacuous')
          AND (m.started, m.night) < (n.started, n.night)
        ORDER BY m.started DESC, m.night DESC LIMIT 1) AS before,
       EXISTS (SELECT 1 FROM verdicts e JOIN nights m USING (night)
               WHERE e.claim = v.claim AND e.verdict = 'violated'
                 AND (m.started, m.night) < (n.started, n.night)) AS claim_broken,
       EXISTS (SELECT 1 FROM verdicts e JOIN nights m USING (night)
               WHERE e.claim = v.claim
                 AND e.verdict IN ('violated', 'holds', 'not-broken', 'vacuous')
                 AND (m.started, m.night) < (n.started, n.night)) AS claim_judged,
       (SELECT a.reason FROM accepted a
        WHERE a.night = v.night AND v.key GLOB a.key LIMIT 1) AS accepted
FROM verdicts v JOIN nights n USING (night) JOIN units u USING (night, unit)
WHERE v.verdict = 'violated';

-- Each violation with its status:
--   accepted  the configuration accepts it
--   known     it was broken the last time it was decided
--   new       it was decided before, and not broken then
--   first     it was never decided before: there is nothing to compare with
-- Walks decide by chance, and each night anew: there it is enough that any night broke the claim.
CREATE VIEW violations AS
SELECT *, CASE
    WHEN accepted IS NOT NULL THEN 'accepted'
    WHEN part <> 'walks' AND before = 'violated' THEN 'known'
    WHEN part <> 'walks' AND before IS NOT NULL THEN 'new'
    WHEN claim_broken THEN 'known'
    WHEN claim_judged THEN 'new'
    ELSE 'first' END AS status
FROM violations_before;

-- One row for each claim.
CREATE VIEW new_violations AS
SELECT *, min(unit) AS first_unit FROM violations WHERE status = 'new' GROUP BY night, claim;

-- Fixed: broken the last time before that it was decided, and now it is not. Walks decide nothing
-- by not finding it: their schedules in the corpus do.
CREATE VIEW fixed_violations AS
SELECT v.night, v.unit, v.key, v.claim, v.property, v.design, v.place, v.verdict, n.started
FROM verdicts v JOIN nights n USING (night) JOIN units u USING (night, unit)
WHERE v.verdict IN ('holds', 'not-broken', 'vacuous') AND u.part <> 'walks'
  AND EXISTS (SELECT 1 FROM verdicts e WHERE e.key = v.key AND e.verdict = 'violated')
  AND 'violated' = (SELECT e.verdict FROM verdicts e JOIN nights m USING (night)
       WHERE e.key = v.key AND e.verdict IN ('violated', 'holds', 'not-broken', 'vacuous')
         AND (m.started, m.night) < (n.started, n.night)
       ORDER BY m.started DESC, m.night DESC LIMIT 1);

-- Flaky: the same build on the same input said different things.
CREATE VIEW flaky AS
SELECT max(n.night) AS night, v.unit, v.key, min(v.verdict) AS verdict, max(v.verdict) AS other
FROM verdicts v JOIN nights n USING (night) JOIN units u USING (night, unit)
WHERE v.verdict IN ('violated', 'holds', 'not-broken', 'vacuous')
GROUP BY v.unit, v.key, n.build, u.input
HAVING count(DISTINCT v.verdict) > 1
UNION
SELECT night, unit, key, verdict, other FROM conflicts;

-- One row for each night.
CREATE VIEW trend AS
SELECT n.night, n.started, n.version, n.build,
       (SELECT count(*) FROM units u WHERE u.night = n.night) AS units,
       (SELECT coalesce(sum(seconds), 0) FROM units u WHERE u.night = n.night) AS seconds,
       (SELECT count(DISTINCT claim) FROM verdicts v
        WHERE v.night = n.night AND v.verdict = 'violated') AS violated,
       (SELECT count(*) FROM new_violations w WHERE w.night = n.night) AS new,
       (SELECT count(*) FROM fixed_violations f WHERE f.night = n.night) AS fixed,
       (SELECT count(*) FROM verdicts v
        WHERE v.night = n.night AND v.verdict = 'inconclusive') AS inconclusive
FROM nights n ORDER BY n.started, n.night;
