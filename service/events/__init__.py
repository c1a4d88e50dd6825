"""What other systems are told: events in an outbox, sent by webhook or MQTT until they are taken."""
