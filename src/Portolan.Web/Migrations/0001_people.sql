-- Who may sign in, and programs. Times are microseconds since 1970 UTC; 0 and 1 stand for false and true; secrets are kept as hashes only.
CREATE TABLE person (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT,
    must_set_password INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    scope TEXT,
    created BIGINT NOT NULL,
    signed_in BIGINT
);

CREATE TABLE token (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    scope TEXT,
    created BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires BIGINT NOT NULL,
    used BIGINT
);

-- `program` is 1 for what a Basic sign-in was given to send as SEC, and 0 for a browser's cookie: neither is good for the other.
CREATE TABLE session (
    hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (name) ON DELETE CASCADE,
    program INTEGER NOT NULL,
    created BIGINT NOT NULL,
    seen BIGINT NOT NULL
);
