"""The schema of a store, as numbered steps: a store at schema n has had the first n scripts, in
order.

A script is never changed once it is released; a new one is added. Semicolons only end statements.
"""

APPLICATION = 0x4563686F  # "Echo", by which a store is told from any other SQLite database

MIGRATIONS: tuple[str, ...] = (
    """
    -- One row a record: every word of its experiment under its own name, and what became of it.
    CREATE TABLE records (
        id TEXT PRIMARY KEY NOT NULL,
        created TEXT NOT NULL,       -- ISO 8601, UTC
        preset TEXT,                 -- the echo with this task and network, null for none
        words TEXT NOT NULL,         -- the hash of all words but the seed, equal for its seeds
        model TEXT NOT NULL,
        units INTEGER NOT NULL,
        encoding TEXT NOT NULL,
        layers INTEGER NOT NULL,
        direction TEXT NOT NULL,
        data TEXT,                   -- the hash of own integers, null for random ones
        seed INTEGER NOT NULL,
        symbols INTEGER NOT NULL,
        length INTEGER NOT NULL,
        window INTEGER,              -- null for the whole sequence
        lag NUMERIC NOT NULL,        -- a number, to be compared, or several as the text 4,3
        "when" TEXT NOT NULL,
        missing REAL NOT NULL,
        gaps TEXT NOT NULL,
        edges TEXT NOT NULL,
        batch INTEGER NOT NULL,
        rate REAL NOT NULL,
        epochs INTEGER NOT NULL,
        state TEXT NOT NULL,
        draw TEXT NOT NULL,
        stop REAL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,        -- why it diverged or failed, else empty
        score REAL,
        score_low REAL,
        score_high REAL,
        answers INTEGER NOT NULL,
        chance REAL NOT NULL,
        rule TEXT NOT NULL,
        loss REAL,
        distance REAL,
        bound REAL,                  -- the best score that can be expected, null of own integers
        steps INTEGER NOT NULL,
        fit_steps INTEGER NOT NULL,  -- of the whole fit
        last REAL,                   -- score at the last point of the curve
        climb TEXT NOT NULL,         -- JSON, rows of step, step before, score: all the highest
        parameters INTEGER,
        state_size INTEGER,          -- numbers carried from step to step
        "group" INTEGER NOT NULL,    -- lanes that shared its program
        seconds REAL NOT NULL,       -- compiling and training
        device TEXT NOT NULL,
        versions TEXT NOT NULL,      -- JSON, of everything whose version can change a number
        source TEXT NOT NULL,
        weights TEXT NOT NULL        -- a file beside this one, empty for none
    );
    CREATE INDEX records_created ON records (created, id);

    -- The whole record, apart from its row, so that listing records reads neither this nor a curve.
    CREATE TABLE documents (
        id TEXT PRIMARY KEY NOT NULL REFERENCES records (id) ON DELETE CASCADE,
        record TEXT NOT NULL,        -- JSON, without its curve
        curve TEXT NOT NULL          -- JSON, rows of step, loss, score
    );

    -- Which worker is doing which cell. A claim ends with its record, its release, or its worker.
    CREATE TABLE claims (
        id TEXT PRIMARY KEY NOT NULL,
        worker TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        born TEXT NOT NULL,          -- when the process began, in its host's own count
        beat REAL NOT NULL           -- seconds since 1970 at its last sign of life
    );
    CREATE INDEX claims_worker ON claims (worker)
    """,
    # the hash of weights trained elsewhere, null for others
    "ALTER TABLE records ADD COLUMN imported TEXT",
    """
    -- The 95 % interval of a chance that was measured on own integers, null where it is known.
    ALTER TABLE records ADD COLUMN chance_low REAL;
    ALTER TABLE records ADD COLUMN chance_high REAL
    """,
    """
    -- Own integers are solved on what is held out, and so are the steps to it, which older records
    -- did not measure.
    UPDATE documents SET record = json_set(record, '$.outcome', 'done')
        WHERE id IN (
            SELECT id FROM records WHERE data IS NOT NULL AND outcome = 'solved' AND score < stop
        );
    UPDATE records SET outcome = 'done'
        WHERE data IS NOT NULL AND outcome = 'solved' AND score < stop;
    UPDATE records SET climb = '[]' WHERE data IS NOT NULL
    """,
)
