"""What every part of the query layer uses: errors, deadlines, time ranges, bounded HTTP, circuit breakers."""
