"""What is written about cases, appeals and the queue."""
