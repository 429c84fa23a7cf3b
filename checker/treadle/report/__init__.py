"""Reports: what was found, told to people (text) and to programs (one JSON object)."""
