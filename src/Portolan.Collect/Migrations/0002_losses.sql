-- What an entrance had lost for a reason, all told, whenever that had grown. The row without a name says since when it is known. Times: microseconds since 1970 UTC.
CREATE TABLE loss (
    time BIGINT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    total BIGINT NOT NULL,
    PRIMARY KEY (time, source, reason)
);
