"""Statistical disclosure control: which figures can be published without identifying anybody
(`docs/decisions/0034`)."""
