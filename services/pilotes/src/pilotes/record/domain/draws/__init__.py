"""How a trial draws: people one by one or in blocks, places together or in turn."""
