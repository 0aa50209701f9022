"""A revocation list that is empty."""


class NothingRevoked:
    def is_revoked(self, *references: str) -> bool:
        return False

    def is_current(self) -> bool:
        return True
