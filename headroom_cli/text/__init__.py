"""Pure functions over text that know nothing of formats: bulk regular expressions, envelopes, colour, masks."""
