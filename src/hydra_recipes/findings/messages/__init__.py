"""Messages: from a kind and its data to what is wrong and what to type; a file an area."""
