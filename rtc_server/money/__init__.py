"""What a step means in money, the files that show it, and how therapists are paid."""
