"""HTTP that every capability shares: preconditions, files, forms, pages and their errors."""
