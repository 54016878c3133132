"""What a person would not want a model to repeat: found in running text, and replaced so that sense and order stay."""
