"""What is known of the accessibility of the pages."""
