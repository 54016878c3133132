"""What a file of rows holds, told on one page: facts, before and after cleaning, and the page itself."""
