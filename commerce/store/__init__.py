"""The database: one base class, one engine, the column types every table shares."""
