"""Shared by the whole query layer: errors, deadlines, time ranges, bounded HTTP, caches, circuit breakers."""
