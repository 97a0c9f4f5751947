"""Link units to actions; each way through the optimiser is a file of its own."""
