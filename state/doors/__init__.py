"""The doors: each turns its wire into calls and answers into its wire."""
