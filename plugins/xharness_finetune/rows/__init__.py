"""From examples to rows of subword ids, and from rows to batches."""
