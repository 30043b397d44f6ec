"""Messages: from a kind and its data to what is wrong and what to type; one file for each area."""
