"""A revocation list that is empty."""


class NothingRevoked:
    def revoked(self, *references: str) -> bool:
        return False

    def sure(self) -> bool:
        return True
