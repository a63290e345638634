"""The schema of a store, as numbered steps: a store at schema n has had the first n scripts, in
order.

A script is never changed once it is released; a new one is added. Semicolons only end statements.
Settings are one JSON column: a new setting needs no script, for `database` adds its column.
"""

APPLICATION = 0x4563686F  # "Echo", by which a store is told from any other SQLite database

MIGRATIONS: tuple[str, ...] = (
    """
    -- One row a run: the settings of its experiment, and what became of it.
    CREATE TABLE runs (
        id TEXT PRIMARY KEY NOT NULL,
        created TEXT NOT NULL,       -- ISO 8601, UTC
        preset TEXT,                 -- the preset with this task and network, null for none
        seed INTEGER NOT NULL,
        settings_id TEXT NOT NULL,   -- the hash of all settings but the seed, equal for its seeds
        settings TEXT NOT NULL,      -- JSON, every setting but the seed by its name
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,        -- why it diverged or failed, else empty
        accuracy REAL,
        accuracy_low REAL,
        accuracy_high REAL,
        target_count INTEGER NOT NULL,
        chance REAL NOT NULL,
        chance_low REAL,
        chance_high REAL,
        rule TEXT NOT NULL,
        ceiling REAL,                -- the best that can be expected, null of user data
        loss REAL,
        mean_absolute_error REAL,
        steps INTEGER NOT NULL,
        planned_steps INTEGER NOT NULL,
        last_accuracy REAL,          -- at the last point of the learning curve
        best_so_far BLOB NOT NULL,   -- as `runs.best_so_far` has it
        parameters INTEGER,
        state_size INTEGER,          -- numbers carried from time step to time step
        side_by_side INTEGER NOT NULL,
        seconds REAL NOT NULL,       -- compiling and training
        device TEXT NOT NULL,
        versions TEXT NOT NULL,      -- JSON, of everything whose version can change a number
        source TEXT NOT NULL,
        weights TEXT NOT NULL,       -- a file beside this one, empty for none
{settings}
    );
    CREATE INDEX runs_created ON runs (created, id);

    -- The whole run, apart from its row, so that listing runs reads neither this nor a curve.
    CREATE TABLE documents (
        id TEXT PRIMARY KEY NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        run TEXT NOT NULL,           -- JSON, without its curve
        curve TEXT NOT NULL          -- JSON, rows of step, loss, accuracy
    );

    -- Which worker trains which cell. A lease ends with its run, its release, or its worker.
    CREATE TABLE leases (
        id TEXT PRIMARY KEY NOT NULL,
        worker TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        born TEXT NOT NULL,          -- when the process began, in its host's own count
        heartbeat REAL NOT NULL      -- seconds since 1970 at its last sign of life
    );
    CREATE INDEX leases_worker ON leases (worker)
    """,
)
