"""The pages of professionals and patients, without their records."""
