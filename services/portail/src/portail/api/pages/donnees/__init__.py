"""The open data: addresses, licences, terms of use."""
