-- Log sources: who sends, under which listener and header host. Ids are never reused. `type` is the source type it was last recognised as,
-- `skew` its clock's smoothed lead over ours in microseconds.
CREATE TABLE log_source (
    id INTEGER PRIMARY KEY,
    listener INTEGER NOT NULL,
    sender TEXT NOT NULL,
    host TEXT NOT NULL,
    type TEXT,
    skew BIGINT,
    first_seen BIGINT NOT NULL,
    UNIQUE (listener, sender, host)
);
