"""Sessions of browsers, login attempts, and the logout tokens received from providers."""

from socle.postgres import run_sql

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    run_sql(
        """
        CREATE TABLE session (
            digest bytea PRIMARY KEY,             -- SHA-256 of the cookie
            provider text NOT NULL,
            subject text NOT NULL,                -- the platform's pseudonym
            sid text,                             -- the provider's id of its session
            role text NOT NULL,
            label text NOT NULL,
            organisation text,
            patient text,
            sealed text NOT NULL,                 -- the ID token, encrypted with the cookie
            began timestamptz NOT NULL DEFAULT now(),
            seen timestamptz NOT NULL DEFAULT now(),
            until timestamptz NOT NULL
        );
        CREATE INDEX session_subject ON session (provider, subject);
        CREATE INDEX session_sid ON session (provider, sid);
        CREATE INDEX session_until ON session (until);

        CREATE TABLE login_attempt (
            state bytea PRIMARY KEY,              -- SHA-256
            browser bytea NOT NULL,               -- SHA-256 of its login cookie
            provider text NOT NULL,
            nonce text NOT NULL,
            verifier text NOT NULL,
            next text NOT NULL,
            until timestamptz NOT NULL
        );
        CREATE INDEX login_attempt_until ON login_attempt (until);

        CREATE TABLE logout_heard (
            provider text NOT NULL,
            jti text NOT NULL,
            until timestamptz NOT NULL,           -- it is remembered till then
            PRIMARY KEY (provider, jti)
        );
        """
    )
