-- What people keep: searches by name, and dashboards as JSON. `shared` is 1 when everyone may see it. Times are microseconds since 1970 UTC.
CREATE TABLE saved_search (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    owner TEXT NOT NULL,
    shared INTEGER NOT NULL,
    aql TEXT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
);

CREATE TABLE dashboard (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    owner TEXT NOT NULL,
    shared INTEGER NOT NULL,
    panels TEXT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
