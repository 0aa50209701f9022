"""The class and the time of logins (`acr`, `auth_time`), and the FHIR resources of people."""

from socle.postgres import run_sql

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    run_sql(
        """
        ALTER TABLE session ADD practitioner text, ADD acr text, ADD auth_time bigint;
        ALTER TABLE grants ADD fhir_user text, ADD acr text, ADD auth_time bigint;
        UPDATE grants SET fhir_user = 'Patient/' || patient WHERE role = 'patient';
        """
    )
