"""Work after the transaction: the embedded worker that delivers the outbox."""
