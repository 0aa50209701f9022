"""The pages of professionals, patients and coordinators."""
