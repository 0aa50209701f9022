"""What pilotes tells the other services: `Event` classes, declared in schemas/topics.toml too."""
